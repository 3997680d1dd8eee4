import type { Desk } from '../access/desk.ts';
import type { Sightings } from './sightings.ts';

/** A desk at which proofs of use can be looked up. */
export type CaseDesk = Desk & { readonly sightings: Sightings };

/** What may stand in the evidence of an event, as JSON. No personal data. */
export type Evidence = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
