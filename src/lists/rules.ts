import type { Day } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { rulesOf } from '../decisions/core/compile.ts';
import { writeRules } from '../decisions/core/document.ts';
import { validOn } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';

/** The rules document for nodes, of a country file on a day: with the barred TACs and the golden list of that day. */
export async function rulesAt(store: Store, country: Country, day: Day): Promise<string> {
  const { home } = store.analytics;
  const tacs = await home.query<{ tac: string }>(
    `SELECT DISTINCT leftPad(toString(tac), 8, '0') AS tac FROM barred_tac WHERE ${validOn(day)} ORDER BY tac`,
  );
  const golden = await home.query<{ hash: string; until: Day }>(
    `SELECT leftPad(lower(hex(hash)), 32, '0') AS hash, max(expires) AS until FROM golden WHERE ${validOn(day)} AND expires >= toDate('${day}') GROUP BY hash ORDER BY hash`,
  );
  return writeRules(
    rulesOf(country, day, {
      barredTacs: tacs.map(({ tac }) => tac),
      golden: golden.map(({ hash, until }) => ({ hash, expires: until })),
      refused: await refused(store),
    }),
  );
}

/** The conditions that the last classification refused, for their effect would have been massive. */
async function refused({ registry }: Store): Promise<readonly string[]> {
  const [last] = await registry.query<{ result: { conditions?: readonly { label: string; refused?: unknown }[] } }>(
    `SELECT result FROM run WHERE verb = 'classify' AND status = 'done' ORDER BY number DESC LIMIT 1`,
  );
  return (last?.result.conditions ?? []).filter((one) => one.refused !== undefined).map(({ label }) => label);
}
