import type { Day } from '../../calendar/day.ts';
import { type Imei, tacOf } from '../../identifiers/imei.ts';
import type { CountryCode } from '../../identifiers/iso3166.ts';
import type { Characteristics } from './report.ts';

/**
 * What other countries are given of a case: identifier, characteristics, country and date of the event, and no more
 * (ITU-T Q.5051 §10.1).
 */
export type MinimumRecord = {
  readonly imeis: readonly Imei[];
  /** The model by its TAC always; what the reporter added where something was. */
  readonly characteristics: Characteristics & { readonly tacs: readonly string[] };
  readonly country: CountryCode;
  readonly date: Day;
};

/** What a case tells for its minimum record, whatever state it is in. */
export type Recorded = Characteristics & {
  readonly imeis: readonly Imei[];
  readonly country: CountryCode;
  readonly day: Day;
};

/** The minimum record of a case. */
export function minimumRecord({ imeis, make, model, colour, storage, country, day }: Recorded): MinimumRecord {
  const told = Object.entries({ make, model, colour, storage }).filter(([, value]) => value !== undefined);
  const characteristics = { ...Object.fromEntries(told), tacs: [...new Set(imeis.map(tacOf))] };
  return { imeis: [...imeis], characteristics, country, date: day };
}
