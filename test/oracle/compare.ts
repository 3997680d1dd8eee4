import assert from 'node:assert/strict';
import type { Day } from '../../src/calendar/day.ts';
import type { Condition } from '../../src/country/condition.ts';
import type { Country } from '../../src/country/country.ts';
import { matches, prepare } from '../../src/detection/condition.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import type { Duck, DuckRow } from './duck.ts';
import { type Definition, seen } from './ground.ts';
import { JOURNEYS } from './journeys.ts';
import { MEMBERSHIP } from './membership.ts';
import { namesOf } from './stored.ts';
import { USAGE } from './usage.ts';

/** The definition of every dimension, written without the engine's. */
export const DEFINITIONS: Readonly<Record<string, Definition>> = { ...MEMBERSHIP, ...USAGE, ...JOURNEYS };

/** Identifier → evidence, by dimension. */
export type Found = ReadonlyMap<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>;

/** A condition on a day in a country. */
export type Case = { readonly condition: Pick<Condition, 'dimensions'>; readonly country: Country; readonly day: Day };

function definitionOf(name: string): Definition {
  const definition = DEFINITIONS[name];
  assert.ok(definition !== undefined, `the dimension ${name} has a definition of its own here`);
  return definition;
}

/** What the second engine finds: the intersection of the dimensions; an inverted one is everyone seen but those it matches. */
export async function expected(duck: Duck, { condition, ...ground }: Case): Promise<Found> {
  let found: Map<string, Record<string, Record<string, unknown>>> | undefined;
  const everyone = (await duck.rows(`SELECT id FROM ${seen(ground.day)}`)).map(({ id }) => String(id));
  const used = new Map<string, number>();
  for (const { is, not, parameters } of condition.dimensions) {
    const times = (used.get(is) ?? 0) + 1;
    used.set(is, times);
    const rows = await duck.rows(definitionOf(is)(parameters, ground));
    const matched = new Map(rows.map(({ id, ...evidence }) => [String(id), evidence]));
    assert.equal(matched.size, rows.length, `${is}: one row an identifier`);
    const these: ReadonlyMap<string, DuckRow> = not
      ? new Map(everyone.filter((id) => !matched.has(id)).map((id) => [id, { inverted: true }]))
      : matched;
    const before = found ?? new Map([...these.keys()].map((id) => [id, {}]));
    const name = times === 1 ? is : `${is}#${times}`;
    found = new Map(
      [...these].flatMap(([id, evidence]) => {
        const others = before.get(id);
        return others === undefined ? [] : [[id, { ...others, [name]: evidence }] as const];
      }),
    );
  }
  return found ?? new Map();
}

/** What the engine finds, over all shards. */
export async function actual(analytics: Analytics, of: Case): Promise<Found> {
  const context = await prepare(analytics, [of.condition], { date: of.day, country: of.country, scope: '1' });
  const nameOf = await namesOf(analytics);
  const rows = await analytics.gather<{ imei: string; evidence: string }>(matches(of.condition, context));
  const found = new Map(rows.map(({ imei, evidence }) => [nameOf(imei), JSON.parse(evidence)] as const));
  assert.equal(found.size, rows.length, 'one row an identifier');
  return found;
}

/** How finely the engine states what it rounds for people. */
const ROUNDED: Readonly<Record<string, number>> = { average: 1e-4, dispersion: 1e-3, top_kmh: 0.1, top_km: 0.1 };

function differs(name: string, mine: unknown, theirs: unknown): boolean {
  const fineness = ROUNDED[name];
  if (mine === null || mine === undefined) return theirs !== null && theirs !== undefined && Number(theirs) !== 0;
  if (fineness !== undefined) return Math.abs(Number(mine) - Number(theirs)) > fineness / 2 + 1e-9;
  return String(mine) !== String(theirs);
}

/** Where two findings differ, in a few words each, at most `limit`. */
export function differences(mine: Found, theirs: Found, limit = 8): readonly string[] {
  const told: string[] = [];
  for (const [id, evidence] of mine) {
    const other = theirs.get(id);
    if (other === undefined) {
      told.push(`${id} is matched by its definition alone: ${JSON.stringify(evidence)}`);
      continue;
    }
    for (const [dimension, figures] of Object.entries(evidence)) {
      const given = other[dimension] ?? {};
      const names = new Set([...Object.keys(figures), ...Object.keys(given)]);
      const wrong = [...names].filter((name) => differs(name, figures[name], given[name]));
      if (wrong.length > 0)
        told.push(
          `${id} ${dimension} ${wrong.join(', ')}: ${JSON.stringify(figures)} by its definition, ${JSON.stringify(given)} by the engine`,
        );
    }
  }
  for (const [id, evidence] of theirs)
    if (!mine.has(id)) told.push(`${id} is matched by the engine alone: ${JSON.stringify(evidence)}`);
  return told.length > limit ? [...told.slice(0, limit), `… ${told.length} in all`] : told;
}

/** Holds both findings against each other. Gives how many identifiers are matched. */
export async function agree(duck: Duck, analytics: Analytics, of: Case): Promise<number> {
  const [mine, theirs] = await Promise.all([expected(duck, of), actual(analytics, of)]);
  assert.deepEqual(differences(mine, theirs), [], `on ${of.day}`);
  return mine.size;
}
