// A consignment from its declaration to the dealer's shelf, as importer, regulator, customs and dealer carry it out over HTTP.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import { CONSIGNMENT_FILE, consignmentFile } from '../../src/api/goods/file.ts';
import { startWorker } from '../../src/api/jobs/worker.ts';
import { duals } from '../registration/goods.ts';
import { ANALYST, CUSTOMS, country, imeiOf, printed, TACS } from '../registration/office.ts';
import { listOf } from './people.ts';
import { NONE, plain, tradeHouse } from './trade.ts';

const DUTY = `{ approval: { required: false }, fees: { currency: CHF, rules: [
  { id: duty, name: Duty, kind: duty, acts: [consignment], from: 2026-01-01, per_device: 100 }] } }`;
const trade = await tradeHouse(country(DUTY));
const { post, get, act, send, house, importer, rival, dealer } = trade;

const worker = startWorker({
  registry: house.registry,
  handlers: { [CONSIGNMENT_FILE]: consignmentFile(house) },
  clock: house.clock,
  onDefect: (error) => assert.fail(String(error)),
  everyMs: 1e6,
});

let numbers = 0;
const declaration = (more = {}) => {
  numbers += 1;
  return {
    ...{ number: `C-${numbers}`, supplier: 'Acme Trading', origin: 'CH', arrival: '2026-11-20', port: 'Freeport' },
    ...{ goods: 'Telephones', quantity: 3, value: { amount: 100_000, currency: 'CHF' } },
    contact: { channel: 'email', address: 'goods@importer.example' },
    ...more,
  };
};

async function declared(actor: Actor = importer): Promise<string> {
  const answer = await post(actor, '/v1/consignments', declaration());
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json['id']);
}

/** Hands a file in and has it checked; tells the job and the file of errors. */
async function handedIn(id: string, text: string) {
  const entered = await send(importer, `/v1/consignments/${id}/file`, text);
  assert.equal(entered.status, 202, entered.text);
  await worker.kick();
  const address = entered.headers.get('location') ?? '';
  const { json: job } = await get(importer, address);
  return { address, job, errors: (await get(importer, `${address}/result`)).text };
}

const pay = (id: string) =>
  act(
    async ({ query }) =>
      void (await query(`UPDATE charge SET state = 'paid' WHERE ground = $1`, [`consignment:${id}`])),
  );

test('a consignment is declared, checked, approved, paid, released and passed on to a dealer, who sells it', async () => {
  const id = await declared();
  const { job, errors } = await handedIn(id, duals(0, 3));
  assert.equal(job['state'], 'done', JSON.stringify(job));
  assert.deepEqual([job['outcome']?.['verdict'], job['outcome']?.['accepted'], job['done']], ['accepted', 3, 1]);
  assert.equal(errors, 'row,field,value,code,reason,remedy\n');
  assert.equal((await post(CUSTOMS, `/v1/consignments/${id}/release`, {})).json['code'], 'STATE_MOVE');
  assert.equal((await post(ANALYST, `/v1/consignments/${id}/approve`)).json['state'], 'approved');
  const unpaid = await post(CUSTOMS, `/v1/consignments/${id}/release`, {});
  assert.deepEqual([unpaid.status, unpaid.json['code']], [409, 'REGISTRATION_UNPAID']);
  await pay(id);
  const released = await post(CUSTOMS, `/v1/consignments/${id}/release`, {});
  assert.equal(released.json['state'], 'released', released.text);
  assert.deepEqual(
    listOf(released.json['charges']).map((charge) => [charge['state'], charge['total']?.['amount']]),
    [['paid', 300]],
  );
  const history = await get(importer, `/v1/consignments/${id}/history`);
  assert.deepEqual(
    listOf(history.json['steps']).map((step) => step['to']),
    ['declared', 'checked', 'approved', 'released'],
  );

  const to = dealer.organisation?.id;
  const named = await post(importer, '/v1/hand-overs', { to, imeis: [printed(TACS.dual, 0)] });
  assert.deepEqual([named.status, named.json['devices']], [201, 1], named.text);
  const lot = { to, consignment: id, tac: TACS.dual, devices: 2 };
  const counted = await post(importer, '/v1/hand-overs', lot);
  assert.equal(counted.status, 201, counted.text);
  assert.equal(
    (await post(importer, '/v1/hand-overs', lot)).json['code'],
    'REGISTRATION_VALUE',
    'all are on their way',
  );
  const underway = listOf((await get(dealer, '/v1/hand-overs')).json['handOvers']);
  assert.deepEqual(underway.map((one) => one['id']).sort(), [named.json['id'], counted.json['id']].sort());
  const taking = `/v1/hand-overs/${counted.json['id']}/take`;
  assert.equal((await post(dealer, taking, { counted: 1 })).json['code'], 'REGISTRATION_PROOF');
  assert.equal((await post(dealer, taking, { counted: 2 })).status, 204);
  assert.equal((await post(dealer, `/v1/hand-overs/${named.json['id']}/decline`, { reason: 'damp' })).status, 204);
  assert.equal((await post(importer, `/v1/hand-overs/${named.json['id']}/recall`)).json['code'], 'STATE_MOVE');
  const stock = listOf((await get(dealer, '/v1/stock')).json['stock']);
  assert.deepEqual(stock, [{ consignment: id, tac: TACS.dual, devices: 2, moving: 0, onSale: 2 }]);
});

describe('a file of identifiers', () => {
  test('of which a row is bad is refused whole, each row with its reason, for its sender alone', async () => {
    const id = await declared();
    const bad = `${duals(10, 1)}\n${printed(TACS.dual, 30)},${printed(TACS.single, 1)},SN30\n`;
    const { job, errors, address } = await handedIn(id, bad);
    assert.deepEqual([job['outcome']?.['verdict'], job['outcome']?.['bad']], ['refused', 1]);
    assert.match(errors, /^3,imei1,\d{14},ROW_TWO_MODELS,/m);
    assert.equal((await get(rival, address)).status, 404);
    assert.equal((await get(rival, `${address}/result`)).status, 404);
    const files = listOf((await get(importer, `/v1/consignments/${id}/files`)).json['files']);
    assert.deepEqual(
      files.map((file) => [file['verdict'], file['faults']]),
      [['refused', { ROW_TWO_MODELS: 1 }]],
    );
    assert.equal((await get(CUSTOMS, `/v1/consignments/${id}`)).json['state'], 'declared');
  });

  test('stands nowhere in the open, before and after it is checked', async () => {
    const id = await declared();
    const text = `imei1,imei2\n${printed(TACS.dual, 40)},${printed(TACS.single, 41)}\n`;
    const stored = async (): Promise<string> => {
      const rows = await house.registry.query<{ bytes: Buffer }>(
        'SELECT input AS bytes FROM job_part WHERE input IS NOT NULL UNION ALL SELECT outcome FROM job_part WHERE outcome IS NOT NULL',
      );
      return rows.map(({ bytes }) => bytes.toString('latin1')).join();
    };
    const entered = await send(importer, `/v1/consignments/${id}/file`, text);
    assert.ok(!(await stored()).includes(imeiOf(TACS.dual, 40)));
    await worker.kick();
    assert.match(
      (await get(importer, `${entered.headers.get('location')}/result`)).text,
      new RegExp(imeiOf(TACS.dual, 40)),
    );
    assert.ok(!(await stored()).includes(imeiOf(TACS.dual, 40)));
  });

  test('that is none ends its job with the reason; one without content is not entered', async () => {
    const id = await declared();
    const { job } = await handedIn(id, 'serial\nSN1\n');
    assert.deepEqual([job['state'], job['fault']], ['failed', 'CONSIGNMENT_COLUMNS']);
    assert.equal((await send(importer, `/v1/consignments/${id}/file`, '')).status, 422);
  });

  test('is taken once, whoever did it before a crash', async () => {
    const id = await declared();
    const entered = await send(importer, `/v1/consignments/${id}/file`, duals(50, 2));
    const job = String(entered.json['id']);
    const [part] = await house.registry.query<{ input: Buffer }>('SELECT input FROM job_part WHERE job = $1', [job]);
    const [row] = await house.registry.query<{ input: object }>('SELECT input FROM job WHERE id = $1', [job]);
    const taken = { id: job, kind: CONSIGNMENT_FILE, input: row?.input as never, total: 1, recorded: house.clock() };
    const done = await consignmentFile(house).part(taken, part?.input ?? Buffer.alloc(0), 0);
    // The worker ended here, after the commit and before it told the job so.
    const again = await consignmentFile(house).part(taken, part?.input ?? Buffer.alloc(0), 0);
    assert.deepEqual(again, done, 'a second worker finds what the first kept');
    await worker.kick();
    const { json } = await get(importer, `/v1/jobs/${job}`);
    assert.deepEqual([json['state'], json['outcome']?.['accepted'], json['outcome']?.['again']], ['done', 2, false]);
    assert.equal((await get(importer, `/v1/consignments/${id}`)).json['accepted'], 2);
  });

  test('of a job that was cancelled meanwhile is not taken', async () => {
    const id = await declared();
    const entered = await send(importer, `/v1/consignments/${id}/file`, duals(60, 1));
    const job = String(entered.json['id']);
    const [part] = await house.registry.query<{ input: Buffer }>('SELECT input FROM job_part WHERE job = $1', [job]);
    const [row] = await house.registry.query<{ input: object }>('SELECT input FROM job WHERE id = $1', [job]);
    assert.equal((await post(importer, `/v1/jobs/${job}/cancel`)).json['state'], 'cancelled');
    const taken = { id: job, kind: CONSIGNMENT_FILE, input: row?.input as never, total: 1, recorded: house.clock() };
    await assert.rejects(consignmentFile(house).part(taken, part?.input ?? Buffer.alloc(0), 0));
    assert.equal((await get(importer, `/v1/consignments/${id}`)).json['accepted'], 0);
  });
});

describe('customs', () => {
  test('learn of a device in hand whether it belongs, and draw some at random, which is recorded', async () => {
    const id = await declared();
    await handedIn(id, duals(70, 2));
    const asked = { imei: printed(TACS.dual, 140), serial: 'SN140' };
    const member = await post(CUSTOMS, `/v1/consignments/${id}/check`, asked);
    assert.deepEqual(member.json, { member: true, serial: true }, member.text);
    const copy = await post(CUSTOMS, `/v1/consignments/${id}/check`, { ...asked, serial: 'other' });
    assert.deepEqual(copy.json, { member: true, serial: false });
    const other = await post(CUSTOMS, `/v1/consignments/${id}/check`, { imei: printed(TACS.dual, 1) });
    assert.deepEqual(other.json, { member: false });
    const sample = await post(CUSTOMS, `/v1/consignments/${id}/sample`, { size: 1 });
    assert.equal(listOf(sample.json['devices']).length, 1, sample.text);
    assert.equal((await post(CUSTOMS, `/v1/consignments/${id}/sample`, { size: 1000 })).status, 400);
    const reads = await house.registry.query(`SELECT FROM access_log WHERE action = 'consignment.ask'`);
    assert.equal(reads.length, 4);
  });

  test('hold with a reason, and refuse, by which identifiers are free again', async () => {
    const id = await declared();
    await handedIn(id, duals(80, 1));
    assert.equal((await post(CUSTOMS, `/v1/consignments/${id}/hold`, {})).status, 400);
    assert.equal((await post(CUSTOMS, `/v1/consignments/${id}/hold`, { reason: 'papers' })).json['state'], 'held');
    assert.equal((await post(importer, `/v1/consignments/${id}/withdraw`)).json['code'], 'STATE_MOVE');
    assert.equal((await post(ANALYST, `/v1/consignments/${id}/refuse`, { reason: 'papers' })).json['state'], 'refused');
    const next = await declared();
    assert.equal((await handedIn(next, duals(80, 1))).job['outcome']?.['verdict'], 'accepted');
    assert.equal((await post(importer, `/v1/consignments/${next}/withdraw`)).json['state'], 'withdrawn');
  });
});

describe('whoever it does not belong to', () => {
  test('is told the same of another’s consignment as of none', async () => {
    const id = await declared();
    for (const way of ['', '/history', '/files'])
      assert.equal(
        plain(await get(rival, `/v1/consignments/${id}${way}`)),
        plain(await get(rival, `/v1/consignments/${NONE}${way}`)),
      );
    const theirs = await send(rival, `/v1/consignments/${id}/file`, duals(90, 1));
    assert.deepEqual(
      [theirs.status, plain(theirs)],
      [404, plain(await send(rival, `/v1/consignments/${NONE}/file`, duals(90, 1)))],
    );
    assert.equal((await post(rival, `/v1/consignments/${id}/withdraw`)).status, 404);
    const listed = listOf((await get(rival, '/v1/consignments')).json['items']);
    assert.deepEqual(listed, []);
  });

  test('may neither release nor ask what is in it, and sets nothing that is not asked for', async () => {
    const id = await declared();
    for (const way of ['release', 'approve', 'check', 'sample'])
      assert.equal((await post(dealer, `/v1/consignments/${id}/${way}`, {})).status, 403);
    const sly = await post(importer, '/v1/consignments', declaration({ state: 'released' }));
    assert.deepEqual([sly.status, sly.json['code']], [400, 'API_FORM']);
    const wrong = await post(importer, '/v1/consignments', declaration({ origin: 'ZZ' }));
    assert.deepEqual([wrong.status, wrong.json['pointer']], [422, '/origin'], wrong.text);
  });
});

test('a list goes on where its last page ended', async () => {
  const first = await get(importer, '/v1/consignments?limit=2');
  const second = await get(importer, `/v1/consignments?limit=2&cursor=${first.json['next']}`);
  const ids = [...listOf(first.json['items']), ...listOf(second.json['items'])].map((one) => one['id']);
  assert.equal(new Set(ids).size, 4, second.text);
  const all = listOf((await get(CUSTOMS, '/v1/consignments?state=withdrawn')).json['items']);
  assert.deepEqual(
    all.map((one) => one['state']),
    ['withdrawn'],
  );
});
