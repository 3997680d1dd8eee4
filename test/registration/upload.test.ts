import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Eid } from '../../src/identifiers/eid.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import { parseImei } from '../../src/identifiers/imei.ts';
import type { Tac } from '../../src/identifiers/tac.ts';
import { FileReader } from '../../src/registration/trade/file/declared.ts';
import { Once, textKey } from '../../src/registration/trade/file/once.ts';
import { writeRowFault } from '../../src/registration/trade/file/row_fault.ts';
import { cellsOf, sheetOf } from '../../src/registration/trade/file/sheet.ts';
import { setQuota } from '../../src/registration/trade/quota.ts';
import { keyOf, keysOf } from '../../src/registration/trade/secret.ts';
import { uploadIdentifiers } from '../../src/registration/trade/upload.ts';
import { declared, duals, fileOf, rowsOf, upload } from './goods.ts';
import { codes, country, imeiOf, importer, knowing, NOW, openOffice, printed, staff, TACS } from './office.ts';

const FREE = '{ approval: { required: false } }';
const PARTS = '{ approval: { required: false }, consignments: { accept: rows } }';

test('a file of good rows is taken, sealed, and the same file again does nothing', async () => {
  const office = await openOffice(country(FREE));
  const actor = importer();
  const consignment = await declared(office, actor);
  const text = `IMEI1;IMEI 2;Serial\n${[1, 3].map((at) => `${printed(TACS.dual, at)};${printed(TACS.dual, at + 1)};S${at}`).join('\n')}\n`;
  const first = await upload(office, actor, { consignment, text });
  assert.deepEqual(
    [first.verdict, first.rows, first.devices, first.accepted, first.bad, first.again],
    ['accepted', 2, 2, 2, 0, false],
  );
  const again = await upload(office, actor, { consignment, text });
  assert.deepEqual([again.verdict, again.accepted, again.again, again.file], ['accepted', 2, true, first.file]);
  const [row] = await office.registry.query<{ state: string; accepted: number }>(
    'SELECT state, accepted FROM consignment',
  );
  assert.deepEqual(row, { state: 'checked', accepted: 2 });
  const [use] = await office.registry.query<{ devices: string }>('SELECT devices FROM trade_use');
  assert.equal(use?.devices, '2');
  const dumped = await office.registry.query<{ row: string }>(
    `SELECT encode(sealed, 'escape') || id AS row FROM consigned_secret UNION ALL SELECT c::text FROM consigned c
     UNION ALL SELECT k::text FROM consigned_key k UNION ALL SELECT f::text FROM consignment_file f`,
  );
  const stored = dumped.map(({ row }) => row.replaceAll('-', '')).join(' ');
  for (const serial of [1, 2, 3, 4]) {
    assert.ok(!stored.includes(imeiOf(TACS.dual, serial)), 'no IMEI stands in the open');
    assert.ok(!stored.includes(Buffer.from(imeiOf(TACS.dual, serial)).toString('hex')), 'nor in other digits');
  }
});

test('every kind of bad row is told with its line, and a whole file is refused for one of them', async () => {
  const office = await openOffice(country(FREE));
  const actor = importer();
  const consignment = await declared(office, actor, 100);
  const knowledge = knowing(
    new Map<Imei, object>([
      [imeiOf(TACS.single, 10), { seen: true }],
      [imeiOf(TACS.single, 11), { stolen: true, seen: true }],
      [imeiOf(TACS.single, 12), { barred: true }],
    ]),
  );
  const text = [
    'imei1,imei2,serial,eid,gtin',
    `${printed(TACS.single, 1)},,,,`,
    `${printed(TACS.single, 1)},,,,`,
    `${imeiOf(TACS.single, 2)}0,,,,`,
    '3.5E+14,,,,',
    ',,,,',
    `${printed(TACS.dual, 3)},,,,`,
    `${printed(TACS.dual, 4)},${printed(TACS.single, 4)},,,`,
    `${printed(TACS.other, 5)},,,,`,
    `${printed(TACS.fresh, 6)},,,,`,
    `${printed('00101017' as Tac, 1)},,,,`,
    `${printed(TACS.single, 7)},,N/A,,`,
    `${printed(TACS.single, 8)},,,123,`,
    `${printed(TACS.single, 9)},,,,4006381333932`,
    `${printed(TACS.single, 10)},,,,`,
    `${printed(TACS.single, 11)},,,,`,
    `${printed(TACS.single, 12)},,,,`,
    `${printed(TACS.single, 13)},,`,
    `"${printed(TACS.single, 14)},,,,`,
  ].join('\r\n');
  const found = await upload(office, actor, { consignment, text, knowledge });
  assert.deepEqual([found.verdict, found.rows, found.accepted, found.bad], ['refused', 18, 0, 17]);
  assert.deepEqual(
    rowsOf(found.errors).map((row) => row.replace(/ \d{14,16} /, ' … ')),
    [
      '3 imei1 … ROW_TWICE',
      '4 imei1 … ROW_IMEI',
      '5 imei1 3.5E+14 ROW_IMEI',
      '6 imei  ROW_NO_IMEI',
      '7 imei1 … ROW_IMEI_COUNT',
      '8 imei1 … ROW_TWO_MODELS',
      '9 imei1 … ROW_BRAND',
      '10 imei1 … ROW_TAC',
      '11 imei1 … ROW_TEST_TAC',
      '12 serial N/A ROW_SERIAL',
      '13 eid 123 ROW_EID',
      '14 gtin 4006381333932 ROW_GTIN',
      '15 imei1 … ROW_IN_USE',
      '16 imei1 … ROW_STOLEN',
      '17 imei1 … ROW_BARRED',
      '18   ROW_FORM',
      '19   ROW_FORM',
    ],
  );
  const [row] = await office.registry.query<{ state: string }>('SELECT state FROM consignment');
  assert.equal(row?.state, 'declared');
  assert.equal((await office.registry.query('SELECT FROM consigned')).length, 0);
});

test('with partial acceptance the good rows are taken, and the others can be handed in corrected', async () => {
  const office = await openOffice(country(PARTS));
  const actor = importer();
  const consignment = await declared(office, actor, 3);
  const text = `imei\n${printed(TACS.single, 1)}\n${printed(TACS.single, 1)}\n${printed(TACS.other, 2)}\n${printed(TACS.single, 3)}\n`;
  const found = await upload(office, actor, { consignment, text });
  assert.deepEqual([found.verdict, found.accepted, found.bad], ['in part', 2, 2]);
  assert.deepEqual(found.faults, { ROW_TWICE: 1, ROW_BRAND: 1 });
  const rest = await upload(office, actor, { consignment, text: `imei\n${printed(TACS.single, 4)}\n` });
  assert.deepEqual([rest.verdict, rest.accepted], ['accepted', 1]);
  const more = upload(office, actor, { consignment, text: `imei\n${printed(TACS.single, 5)}\n` });
  assert.deepEqual(await codes(more), ['CONSIGNMENT_QUANTITY']);
});

test('rows of one IMEI each are united by their device_id, which must stand together', async () => {
  const office = await openOffice(country(PARTS));
  const actor = importer();
  const consignment = await declared(office, actor);
  const text = [
    'device_id\timei\tserial',
    `a\t${printed(TACS.dual, 1)}\tS1`,
    `a\t${printed(TACS.dual, 2)}\tS1`,
    `b\t${printed(TACS.dual, 3)}\tS2`,
    `\t${printed(TACS.single, 1)}\t`,
    `c\t${printed(TACS.dual, 5)}\tS3`,
    `c\t${printed(TACS.dual, 6)}\tS4`,
    `a\t${printed(TACS.dual, 7)}\t`,
  ].join('\n');
  const found = await upload(office, actor, { consignment, text });
  assert.deepEqual([found.rows, found.devices, found.accepted], [7, 5, 2]);
  assert.deepEqual(
    rowsOf(found.errors).map((row) => row.replace(/ \d{14} /, ' … ')),
    ['4 imei … ROW_IMEI_COUNT', '7 serial S4 ROW_TWICE', '8 device_id a ROW_DEVICE', '8 imei … ROW_IMEI_COUNT'],
  );
});

test('what stands in another consignment is refused, and the regulator is told', async () => {
  const office = await openOffice(
    country('{ approval: { required: false }, offices: { regulator: [r@authority.example] } }'),
  );
  const [one, other] = [importer(), importer()];
  const first = await declared(office, one);
  await upload(office, one, { consignment: first, text: duals(0, 2) });
  const second = await declared(office, other);
  // The other IMEI of a device that was declared gives it away, too.
  const text = `imei1,imei2\n${printed(TACS.dual, 1)},${printed(TACS.dual, 9)}\n`;
  const found = await upload(office, other, { consignment: second, text });
  assert.deepEqual([found.verdict, found.faults], ['refused', { ROW_DECLARED: 1 }]);
  const [alarm] = await office.registry.query<{ kind: string }>('SELECT kind FROM registration_alarm');
  assert.equal(alarm?.kind, 'declared_twice');
  assert.equal((await office.registry.query(`SELECT FROM notice WHERE template = 'alarm'`)).length, 1);
});

test('a quota counts across uploads at once: of two that exceed it together one is refused whole', async () => {
  const office = await openOffice(country('{ approval: { required: false }, quotas: { importer: 5 } }'));
  const actor = importer();
  const [one, other] = [await declared(office, actor), await declared(office, actor)];
  const settled = await Promise.allSettled([
    upload(office, actor, { consignment: one, text: duals(0, 3) }),
    upload(office, actor, { consignment: other, text: duals(10, 3) }),
  ]);
  assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const counted = () => office.registry.query<{ devices: string }>('SELECT devices FROM trade_use');
  assert.deepEqual(await counted(), [{ devices: '3' }]);
  assert.equal((await office.registry.query('SELECT FROM consigned')).length, 3);
  const admin = staff('admin');
  const organisation = actor.organisation?.id ?? '';
  await office.act(admin, (desk) => setQuota(desk, { organisation, devices: 6, reason: 'A good year' }));
  const rejected =
    settled[0].status === 'rejected'
      ? { consignment: one, text: duals(0, 3) }
      : { consignment: other, text: duals(10, 3) };
  await upload(office, actor, rejected);
  assert.deepEqual(await counted(), [{ devices: '6' }]);
});

test('whatever breaks it off in the middle, the consignment is as it was', async () => {
  const office = await openOffice(country(PARTS));
  const actor = importer();
  const consignment = await declared(office, actor, 20_000);
  // Some thousands of good devices are in by the time the first fault is told.
  const text = `${duals(0, 6000)}\nnothing,,\n`;
  const broken = office.act(actor, (desk) =>
    uploadIdentifiers(desk, {
      consignment,
      file: fileOf(text),
      knowledge: knowing(),
      errors: {
        write: async (chunk) => {
          if (String(chunk).includes('nothing')) throw new Error('the disk is full');
        },
      },
    }),
  );
  await assert.rejects(broken, /the disk is full/);
  for (const table of ['consigned', 'consigned_key', 'consignment_file', 'trade_use'])
    assert.equal((await office.registry.query(`SELECT FROM ${table} LIMIT 1`)).length, 0, table);
  const [row] = await office.registry.query<{ state: string }>('SELECT state FROM consignment');
  assert.equal(row?.state, 'declared');
  const again = await upload(office, actor, { consignment, text });
  assert.deepEqual([again.accepted, again.bad], [6000, 1]);
});

test('a model has to be approved on the day of the declaration, unless its type needs no registration', async () => {
  const office = await openOffice(country('{}', 'exempt_device_types: [Smartphone]\n'));
  const actor = importer();
  const text = `imei\n${printed(TACS.single, 1)}\n`;
  const strict = country();
  const consignment = await declared(office, actor);
  const act = (policy = strict) =>
    office.act(
      actor,
      (desk) =>
        uploadIdentifiers(desk, {
          consignment,
          file: fileOf(text),
          knowledge: knowing(),
          errors: { write: async () => undefined },
        }),
      { policy },
    );
  assert.deepEqual((await act()).faults, { ROW_APPROVAL: 1 });
  assert.equal((await act(country('{}', 'exempt_device_types: [Smartphone]\n'))).verdict, 'accepted');
});

test('an account that brings in far more than usual raises an alarm, once a day', async () => {
  const office = await openOffice(country('{ approval: { required: false }, volume: { at_least: 3, factor: 2 } }'));
  const actor = importer();
  const alarms = () => office.registry.query<{ kind: string; actor: string }>('SELECT kind, actor FROM access_alarm');
  const bring = async (from: number, count: number, now: Date) => {
    const consignment = await declared(office, actor);
    const file = fileOf(duals(from, count));
    const errors = { write: async () => undefined };
    await office.act(actor, (desk) => uploadIdentifiers(desk, { consignment, file, knowledge: knowing(), errors }), {
      now,
    });
  };
  await bring(0, 3, NOW);
  assert.deepEqual(await alarms(), []);
  await bring(3, 1, NOW);
  await bring(4, 1, NOW);
  assert.deepEqual(await alarms(), [{ kind: 'registration_volume', actor: actor.id }]);
});

test('headers that name no IMEI, or a column twice, and files without rows are refused', async () => {
  const office = await openOffice(country(FREE));
  const actor = importer();
  const consignment = await declared(office, actor);
  const give = (text: string) => codes(upload(office, actor, { consignment, text }));
  assert.deepEqual(await give('serial,eid\nx,y\n'), ['CONSIGNMENT_COLUMNS']);
  assert.deepEqual(await give('imei1,imei1\n1,2\n'), ['CONSIGNMENT_COLUMNS']);
  assert.deepEqual(await give('imei1\n\n'), ['CONSIGNMENT_ROWS']);
  assert.deepEqual(await give(''), ['FILE_EMPTY']);
  const stranger = importer();
  assert.deepEqual(await codes(upload(office, stranger, { consignment, text: duals(0, 1) })), ['REGISTRATION_UNKNOWN']);
});

test('more rows than the limit are refused', async () => {
  const office = await openOffice(country('{ approval: { required: false }, consignments: { max_rows: 3 } }'));
  const actor = importer();
  const consignment = await declared(office, actor);
  assert.deepEqual(await codes(upload(office, actor, { consignment, text: duals(0, 4) })), ['CONSIGNMENT_ROWS']);
  assert.equal((await upload(office, actor, { consignment, text: duals(0, 3) })).accepted, 3);
});

test('values in quotes hold separators and quotes; quotes that do not end are no row', () => {
  assert.deepEqual(cellsOf('a,"b,""c""",', ','), ['a', 'b,"c"', '']);
  assert.deepEqual(cellsOf('"a"', ','), ['a']);
  assert.equal(cellsOf('"a', ','), undefined);
  assert.equal(cellsOf('"a"b,c', ','), undefined);
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (cells) => {
      const line = cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(';');
      assert.deepEqual(cellsOf(line, ';'), cells);
    }),
    { numRuns: 100 },
  );
});

test('an IMEI of a file is what the parser of identifiers takes, and no other', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 13, maxLength: 17 });
  const imei = fc.integer({ min: 1, max: 999_999 }).map((serial) => printed(TACS.single, serial));
  fc.assert(
    fc.property(fc.oneof(digits, imei, fc.string()), (text) => {
      const line = `"${text.replaceAll('"', '""')}"`;
      if (text.trim() === '' || text.includes('\n')) return;
      const [found] = new FileReader(sheetOf('imei', 'f')).take(line, 2);
      const read = parseImei(text);
      assert.deepEqual(
        found?.imeis.map((one) => one.imei),
        read.ok ? [read.value.imei] : [],
      );
      assert.equal(found?.faults.length, read.ok ? 0 : 1);
    }),
    { numRuns: 300 },
  );
});

test('an identifier has one key, no two have the same, and another vault has others', async () => {
  const [one, other] = [await openOffice(), await openOffice()];
  const eid = '89049032123451234512345678901235' as Eid;
  const identifiers = [...Array.from({ length: 500 }, (_, at) => imeiOf(TACS.single, at)), eid];
  const keys = keysOf(one, identifiers);
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
  assert.equal(new Set([...keys, ...keysOf(other, identifiers)]).size, 2 * identifiers.length);
  assert.deepEqual(
    identifiers.map((identifier) => keyOf(one, identifier)),
    keys,
  );
});

test('what stood before is told with its first line, however many there are', () => {
  const once = new Once();
  const count = 5000;
  for (let at = 0; at < count; at += 1) {
    assert.equal(once.first({ number: at * 7919, tag: 0 }, at + 2), undefined);
    assert.equal(once.first(textKey(`SN${at}`), at + 2), undefined);
  }
  for (let at = 0; at < count; at += 501) {
    assert.equal(once.first({ number: at * 7919, tag: 0 }, 1), at + 2);
    assert.equal(once.first(textKey(`SN${at}`), 1), at + 2);
  }
});

test('the file of errors holds no formula for a spreadsheet, and one line a fault', () => {
  const line = writeRowFault({
    row: 2,
    field: 'imei',
    value: '=HYPERLINK("x")\n',
    code: 'ROW_IMEI',
    reason: 'a, b',
    remedy: 'c',
  });
  assert.equal(line, `2,imei,"'=HYPERLINK(""x"") ",ROW_IMEI,"a, b",c\n`);
});
