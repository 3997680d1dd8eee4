import type { Organisation } from '../../../access/actor.ts';
import type { Desk } from '../../../access/desk.ts';
import type { Day } from '../../../calendar/day.ts';
import { registrationOf } from '../../../country/registration.ts';
import type { Eid } from '../../../identifiers/eid.ts';
import { type Imei, tacOf } from '../../../identifiers/imei.ts';
import type { Tac } from '../../../identifiers/tac.ts';
import { actsFor } from '../../account.ts';
import { approvedTacs } from '../../approval/approved.ts';
import type { Knowledge } from '../../knowledge.ts';
import { keysOf, type Secret, sealSecrets } from '../secret.ts';
import type { Declared } from './declared.ts';
import { type Elsewhere, judgeDevice, judgeElsewhere, judgeTac, type TacVerdict } from './judge.ts';
import type { RowFault } from './row_fault.ts';

/** Under what the devices of a file are checked. */
export type Terms = {
  readonly desk: Desk;
  readonly knowledge: Knowledge;
  /** Who declares. */
  readonly importer: Organisation;
  /** The day of the declaration, on which models must be allocated and approved. */
  readonly on: Day;
};

/** A device that may come in, with the keys that find it. */
export type Good = { readonly declared: Declared; readonly keys: readonly string[] };

/** What came of a batch: the devices that may come in, and the faults of the others, each in the order of the file. */
export type Checked = { readonly good: readonly Good[]; readonly faults: readonly RowFault[]; readonly bad: number };

/** Checks devices of a file, some thousands at a time: what is asked of stores is asked of all of them at once. */
export class BatchCheck {
  readonly #terms: Terms;
  readonly #verdicts = new Map<Tac, TacVerdict>();

  constructor(terms: Terms) {
    this.#terms = terms;
  }

  async check(devices: readonly Declared[]): Promise<Checked> {
    await this.#judgeTacs(devices);
    const { desk } = this.#terms;
    const keys = keysByDevice(desk, devices);
    const elsewhere = await this.#elsewhere(devices, keys);
    const { maxImeis } = registrationOf(desk.policy).consignments;
    const good: Good[] = [];
    const faults: RowFault[] = [];
    for (const [at, declared] of devices.entries()) {
      const its = [
        ...declared.faults,
        ...judgeDevice(declared, { verdicts: this.#verdicts, maxImeis }),
        ...judgeElsewhere(declared, elsewhere),
      ];
      if (its.length === 0) good.push({ declared, keys: keys[at] ?? [] });
      else faults.push(...its);
    }
    return { good, faults, bad: devices.length - good.length };
  }

  async #judgeTacs(devices: readonly Declared[]): Promise<void> {
    const fresh = new Set<Tac>();
    for (const { imeis } of devices)
      for (const { imei } of imeis) if (!this.#verdicts.has(tacOf(imei))) fresh.add(tacOf(imei));
    if (fresh.size === 0) return;
    const { desk, knowledge, importer, on } = this.#terms;
    const models = await knowledge.models([...fresh], on);
    const { required } = registrationOf(desk.policy).approval;
    const approved = required ? await approvedTacs(desk, [...fresh], on) : fresh;
    for (const tac of fresh) {
      const model = models.get(tac);
      const exempt = model !== undefined && desk.policy.exemptDeviceTypes.includes(model.deviceType);
      const terms = {
        model,
        approved: exempt || approved.has(tac),
        actsFor: (brand: string) => actsFor(importer, brand),
      };
      this.#verdicts.set(tac, judgeTac(tac, terms));
    }
  }

  async #elsewhere(devices: readonly Declared[], keys: readonly (readonly string[])[]): Promise<Elsewhere> {
    const { desk, knowledge, on } = this.#terms;
    const imeis = devices.flatMap((one) => one.imeis.map(({ imei }) => imei));
    const asked = knowledge.known(imeis, on);
    asked.catch(() => undefined); // awaited below; this only keeps it from being called unhandled
    const declared = await declaredAmong(desk, devices, keys);
    const registered = await desk.query<{ imei: Imei }>(
      `SELECT value AS imei FROM device_key WHERE kind = 'imei' AND value = ANY($1)`,
      [imeis],
    );
    const held = await desk.query<{ imei: Imei; theft: boolean }>(
      `SELECT imei, bool_or(holder LIKE 'theft:%') AS theft FROM control_hold
       WHERE imei = ANY($1) AND released IS NULL AND (list = 'blocked' OR holder LIKE 'theft:%') GROUP BY imei`,
      [imeis],
    );
    return {
      known: await asked,
      declared,
      registered: new Set(registered.map(({ imei }) => imei)),
      held: new Map(held.map(({ imei, theft }) => [imei, theft ? 'stolen' : 'barred'])),
    };
  }
}

/** Which identifiers stand in other consignments or in stock. */
async function declaredAmong(
  { query }: Desk,
  devices: readonly Declared[],
  keys: readonly (readonly string[])[],
): Promise<ReadonlySet<string>> {
  const rows = await query<{ key: string }>(
    `SELECT replace(key::text, '-', '') AS key FROM consigned_key WHERE open AND key = ANY(string_to_array($1, ' ')::uuid[])`,
    [keys.flat().join(' ')],
  );
  if (rows.length === 0) return new Set();
  const found = new Set(rows.map(({ key }) => key));
  return new Set(
    devices.flatMap((device, at) => identifiersOf(device).filter((_, place) => found.has(keys[at]?.[place] ?? ''))),
  );
}

/** The keys of each device: those of its IMEIs, then that of its EID. */
function keysByDevice(desk: Desk, devices: readonly Declared[]): readonly (readonly string[])[] {
  const keys = keysOf(desk, devices.flatMap(identifiersOf));
  let at = 0;
  return devices.map((device) => {
    const from = at;
    at += device.imeis.length + (device.eid === undefined ? 0 : 1);
    return keys.slice(from, at);
  });
}

const identifiersOf = ({ imeis, eid }: Declared): readonly (Imei | Eid)[] => [
  ...imeis.map(({ imei }) => imei),
  ...(eid === undefined ? [] : [eid]),
];

/** Devices that are sealed together: few enough to be opened for one of them. */
const SEALED_TOGETHER = 50;

const inBlocks = (secrets: readonly Secret[]): readonly (readonly Secret[])[] =>
  Array.from({ length: Math.ceil(secrets.length / SEALED_TOGETHER) }, (_, block) =>
    secrets.slice(block * SEALED_TOGETHER, (block + 1) * SEALED_TOGETHER),
  );

const secretOf = ({ row, imeis, serial, eid, gtin }: Declared): Secret => ({
  row,
  imeis: imeis.map(({ imei }) => imei),
  serial,
  eid,
  gtin,
});

/** Where devices of a file go to. */
export type Place = { readonly consignment: string; readonly file: string; readonly holder: string };

/** Takes devices into the stock of the importer: sealed, and under the keys of what identifies them. */
export async function takeIn(desk: Desk, good: readonly Good[], { consignment, file, holder }: Place): Promise<void> {
  if (good.length === 0) return;
  const secrets = inBlocks(good.map(({ declared }) => secretOf(declared)));
  await desk.query(
    `INSERT INTO consigned_secret (id, sealed)
     SELECT $1::bigint << 24 | line, sealed FROM unnest($2::int[], $3::bytea[]) AS s (line, sealed)`,
    [file, secrets.map(([first]) => first?.row), secrets.map((block) => sealSecrets(desk, block))],
  );
  const items = secrets.flatMap((block) =>
    block.map(({ row, imeis: [imei] }) => [row, imei?.slice(0, 8), block[0]?.row]),
  );
  await desk.query(
    `INSERT INTO consigned (id, consignment, tac, secret, holder)
     SELECT $1::bigint << 24 | line, $2, tac, $1::bigint << 24 | secret, $3
     FROM unnest(string_to_array($4, ' ')::int[], string_to_array($5, ' '), string_to_array($6, ' ')::int[]) AS d (line, tac, secret)`,
    [file, consignment, holder, ...[0, 1, 2].map((column) => items.map((item) => item[column]).join(' '))],
  );
  const keys = good.flatMap(({ declared: { row }, keys: its }) => its.map((key) => ({ key, row })));
  keys.sort((one, other) => (one.key < other.key ? -1 : 1));
  await desk.query(
    `INSERT INTO consigned_key (key, item) SELECT key, $1::bigint << 24 | line
     FROM unnest(string_to_array($2, ' ')::uuid[], string_to_array($3, ' ')::int[]) AS k (key, line)`,
    [file, keys.map(({ key }) => key).join(' '), keys.map(({ row }) => row).join(' ')],
  );
}
