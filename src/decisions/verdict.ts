import type { Condition, Effect } from '../country/condition.ts';
import type { Country } from '../country/country.ts';
import { dimensionOf } from '../detection/catalogue.ts';
import { figures, prepare } from '../detection/condition.ts';
import type { Context, Evidence } from '../detection/dimension.ts';
import type { Row } from '../stores/analytics.ts';
import { OPEN_DAY } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';
import type { Finding, Held, Origin, Verdict } from './explanation.ts';
import { withoutReference } from './guard.ts';
import { type Place, scopeOf } from './record.ts';

/**
 * What every condition says of one identifier on the day, measured now, with the standings that runs have recorded.
 * Conditions of earlier country files that left history come last.
 */
export async function verdictsOf(
  store: Store,
  place: Place,
  { country, seen }: { readonly country: Country; readonly seen: boolean },
): Promise<readonly Verdict[]> {
  const { date } = place;
  const whole = await prepare(store.analytics, country.conditions, { date, country, scope: '1' });
  const context = { ...whole, scope: scopeOf(place, country).scope };
  const held = await standingsOf(store, place);
  const verdicts: Verdict[] = [];
  for (const condition of country.conditions) {
    const { label, reason, code, effect } = condition;
    const named = { label, reason, effect, ...(code === undefined ? {} : { code }) };
    const judged = await findingsOf(store, place, { condition, context, seen });
    verdicts.push({ ...named, ...judged, ...pastOf(held.get(label)) });
  }
  const known = new Set(country.conditions.map(({ label }) => label));
  const others = [...held].filter(([label]) => !known.has(label)).sort(([one], [other]) => (one < other ? -1 : 1));
  const gone = 'The country file no longer has this condition.';
  for (const [label, rows] of others) {
    verdicts.push({ label, reason: label, matches: false, unjudged: gone, findings: [], ...pastOf(rows) });
  }
  return verdicts;
}

type Judging = { readonly condition: Condition; readonly context: Context; readonly seen: boolean };

async function findingsOf(
  { analytics }: Store,
  { shard }: Place,
  { condition, context, seen }: Judging,
): Promise<Pick<Verdict, 'matches' | 'unjudged' | 'findings'>> {
  const findings: Finding[] = [];
  for (const use of condition.dimensions) {
    const [row] = await shard.query<Row>(figures(use, context));
    const matched = Number(row?.['matched'] ?? 0) === 1;
    const evidence = row === undefined ? undefined : evidenceIn(row['evidence']);
    const { absent, sentence: found } = dimensionOf(use.is);
    const sentence = evidence === undefined ? absent : found(evidence, use.parameters);
    findings.push({
      dimension: use.is,
      inverted: use.not,
      matched,
      // An inverted dimension holds only of what has been seen.
      holds: use.not ? seen && !matched : matched,
      ...(evidence === undefined ? {} : { evidence }),
      sentence,
    });
  }
  const lacking = await withoutReference(analytics, condition, { ...context, scope: '1' });
  if (lacking !== undefined) return { matches: false, unjudged: lacking.message, findings };
  return { matches: findings.every(({ holds }) => holds), findings };
}

function evidenceIn(json: unknown): Evidence {
  const value: unknown = JSON.parse(String(json) || '{}');
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

type Past = Pick<Verdict, 'standing' | 'history'>;

function pastOf(rows: readonly Held[] = []): Past {
  const history = rows.filter(({ closed }) => closed !== undefined);
  const standing = rows.find(({ closed }) => closed === undefined);
  return standing === undefined ? { history } : { standing, history };
}

const isEffect = (text: string): text is Effect => text === 'blocked' || text === 'tracked' || text === 'informative';

async function standingsOf({ registry }: Store, { shard, key }: Place): Promise<ReadonlyMap<string, readonly Held[]>> {
  const rows = await shard.query<Row>(
    `SELECT toString(condition) AS label, toString(effect) AS kind, since, block_date, amnesty, ended, recorded, closed, evidence
    FROM standing WHERE imei = ${key} ORDER BY recorded`,
  );
  const origins = await originsOf(
    registry,
    rows.flatMap((row) => [Number(row['recorded']), Number(row['closed'])]),
  );
  const firsts = await shard.query<Row>(
    `SELECT toString(condition) AS label, since, run, evidence FROM first_found WHERE imei = ${key} ORDER BY run`,
  );
  const held = new Map<string, Held[]>();
  for (const row of rows) {
    const first = firsts.findLast(
      (one) =>
        one['label'] === row['label'] && one['since'] === row['since'] && Number(one['run']) <= Number(row['recorded']),
    );
    const kind = String(row['kind']);
    if (!isEffect(kind)) throw new Error(`a standing has the effect ${kind}`);
    const [block, ended, closed] = [String(row['block_date']), String(row['ended']), Number(row['closed'])];
    const one: Held = {
      effect: kind,
      since: String(row['since']),
      ...(block >= OPEN_DAY ? {} : { blockDate: block }),
      amnesty: row['amnesty'] === true,
      ...(ended >= OPEN_DAY ? {} : { ended }),
      recorded: originOf(origins, Number(row['recorded'])),
      ...(closed === 0 ? {} : { closed: originOf(origins, closed) }),
      ...(first === undefined ? {} : { firstEvidence: evidenceIn(first['evidence']) }),
      evidence: evidenceIn(row['evidence']),
    };
    const label = String(row['label']);
    held.set(label, [...(held.get(label) ?? []), one]);
  }
  return held;
}

const originOf = (origins: ReadonlyMap<number, Origin>, run: number): Origin => origins.get(run) ?? { run };

type OriginRow = { readonly number: number; readonly day: string | null; readonly country: string | null };

const origin = ({ number, day, country }: OriginRow): Origin => ({
  run: number,
  ...(day === null ? {} : { day }),
  ...(country === null ? {} : { country }),
});

const ORIGIN = `SELECT number, to_char(day, 'YYYY-MM-DD') AS day, country FROM run`;

async function originsOf(registry: Store['registry'], runs: readonly number[]): Promise<ReadonlyMap<number, Origin>> {
  const wanted = [...new Set(runs)].filter((run) => run !== 0);
  if (wanted.length === 0) return new Map();
  const rows = await registry.query<OriginRow>(`${ORIGIN} WHERE number = ANY($1)`, [wanted]);
  return new Map(rows.map((row) => [row.number, origin(row)]));
}

/** The last run of classification that is done. */
export async function lastClassified({ registry }: Store): Promise<Origin | undefined> {
  const [row] = await registry.query<OriginRow>(
    `${ORIGIN} WHERE verb = 'classify' AND status = 'done' ORDER BY number DESC LIMIT 1`,
  );
  return row === undefined ? undefined : origin(row);
}
