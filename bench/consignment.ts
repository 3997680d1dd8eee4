import { createWriteStream, rmSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Actor } from '../src/access/actor.ts';
import type { Desk } from '../src/access/desk.ts';
import type { Day } from '../src/calendar/day.ts';
import { type Country, parseCountry } from '../src/country/country.ts';
import { DIMENSIONS } from '../src/detection/catalogue.ts';
import { type Imei, writeImei15 } from '../src/identifiers/imei.ts';
import { knowledgeOf } from '../src/registration/knowledge.ts';
import { declareConsignment } from '../src/registration/trade/consignment.ts';
import { type Uploaded, uploadIdentifiers } from '../src/registration/trade/upload.ts';
import { openStore, type Store } from '../src/stores/store.ts';
import { openVault } from '../src/vault/open.ts';
import { type Bench, type Found, mebibytes } from './bench.ts';
import { COUNTRY } from './country.ts';
import { freshFolder } from './place.ts';

const NOW = new Date('2026-11-10T10:00:00Z');
const TACS = 40;
const FIRST_TAC = 35_000_001;
const SERIALS = 1_000_000;

const IMPORTER: Actor = {
  id: '00000000-0000-4000-8000-000000000001',
  roles: ['importer'],
  organisation: { id: '00000000-0000-4000-8000-000000000002', kind: 'importer', name: 'Importer', brands: ['acme'] },
};

function policy(rows: number): Country {
  const text = `${COUNTRY}\nregistration:\n  approval: { required: false }\n  consignments: { max_rows: ${rows} }\n  quotas: { importer: ${rows} }\n`;
  const read = parseCountry(text, 'country.yaml', DIMENSIONS);
  if (!read.ok) throw new Error(read.fault.map(({ message }) => message).join('; '));
  return read.value;
}

/** The TACs of the goods, and what networks saw of other devices: the store that each IMEI is looked up in. */
async function fill({ analytics: { home } }: Store, seen: number): Promise<void> {
  const history = `toDate('2020-01-01') AS valid_from, toDate('2149-06-06') AS valid_to, 1 AS recorded, 0 AS closed`;
  await home.run(`INSERT INTO tac (tac, manufacturer, model, brand, device_type, slots, other, valid_from, valid_to, recorded, closed)
    SELECT ${FIRST_TAC} + number, 'Acme Inc', concat('M', toString(number)), 'Acme', 'Smartphone', 2, '', ${history} FROM numbers(${TACS})`);
  await home.run(`INSERT INTO triplet (month, operator, imei, imsi, msisdn, days, rats)
    SELECT 202610, 'alfa', 36000000000000 + number * 131, 999010000000000 + number, 999700000000 + number, 7, 64
    FROM numbers(${seen})`);
}

/** A row a device with two IMEIs and a serial number. */
async function* lines(rows: number): AsyncGenerator<string> {
  yield 'imei1,imei2,serial\n';
  for (let row = 0; row < rows; ) {
    let text = '';
    for (const until = Math.min(rows, row + 10_000); row < until; row += 1) {
      const tac = FIRST_TAC + (row % TACS);
      const [one, two] = [0, 1].map((slot) => {
        const serial = String((Math.floor(row / TACS) * 2 + slot) % SERIALS).padStart(6, '0');
        return writeImei15(`${tac}${serial}` as Imei);
      });
      text += `${one},${two},SN${String(row).padStart(8, '0')}\n`;
    }
    yield text;
  }
}

type Run = Uploaded & { readonly seconds: number; readonly cpuSeconds: number; readonly peakBytes: number };

async function uploaded(store: Store, file: string, rows: number): Promise<Run> {
  const vault = await openVault(store.registry, { folder: store.folder, env: {} });
  const country = policy(rows);
  const act = <T>(what: (desk: Desk) => Promise<T>): Promise<T> =>
    store.registry.transaction((query) => what({ query, vault, policy: country, actor: IMPORTER, now: NOW }));
  const { id } = await act((desk) =>
    declareConsignment(desk, {
      number: 'C-1',
      supplier: 'Acme',
      origin: 'CH',
      arrival: '2026-11-20' as Day,
      port: 'Freeport',
      goods: 'Telephones',
      quantity: rows,
      value: { amount: 1, currency: 'CHF' },
    }),
  );
  let peakBytes = 0;
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const result = await act((desk) =>
    uploadIdentifiers(desk, {
      consignment: id,
      file,
      knowledge: knowledgeOf(store.analytics),
      errors: { write: async () => undefined },
      progress: () => {
        peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
      },
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  return { ...result, seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6, peakBytes };
}

export const bench: Bench = {
  name: 'consignment',
  about: `A consignment of devices with two IMEIs and a serial number each, in one file, checked row by row against the list of
TACs, what networks saw, imported lists and all other consignments, and taken in: sealed, and under keyed hashes.`,
  options: {
    rows: { type: 'string', about: 'devices of the file (default 1000000)' },
    seen: { type: 'string', about: 'triplets of other devices in the store (default 10000000)' },
  },
  run: async (call): Promise<Found> => {
    const rows = call.count('rows', 1_000_000);
    const folder = freshFolder('consignment');
    const store = await openStore({ folder: path.join(folder, 'data') });
    try {
      await fill(store, call.count('seen', 10_000_000));
      const file = path.join(folder, 'goods.csv');
      await pipeline(lines(rows), createWriteStream(file));
      const run = await uploaded(store, file, rows);
      const tables = [
        {
          title: `A consignment of ${rows.toLocaleString('en')} devices: ${run.verdict}`,
          rows: [
            ['seconds', 'CPU s of this process', 'devices/s', 'peak MiB of this process'],
            [run.seconds, run.cpuSeconds, Math.round(rows / run.seconds), mebibytes(run.peakBytes)],
          ],
        },
      ];
      return { tables, figures: run };
    } finally {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
