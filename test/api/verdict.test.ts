import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkingBy, type Sources } from '../../src/api/check/checking.ts';
import { padded } from '../../src/api/check/padding.ts';
import { publicReasons } from '../../src/api/check/reasons.ts';
import { referenceFor, verdictBehind } from '../../src/api/check/reference.ts';
import { type Told, together } from '../../src/api/check/verdict.ts';
import type { Answer } from '../../src/decisions/core/question.ts';
import { CLONED, countryOf, STOLEN, UNALLOCATED } from '../decisions/ground.ts';

const AT = new Date('2026-10-20T12:00:00Z');
const [IMEI, OTHER] = ['356938035643809', '490154203237518'];

const answer = (status: Answer['status'], reason = '', more: Partial<Answer> = {}): Answer => ({
  status,
  step: 'default',
  reason,
  list: reason === '' ? '' : status,
  level: 'imei',
  exception: '',
  intended: status,
  by: 'local',
  ...more,
});
const NOTHING = { inUse: false, registered: false, duplicate: false, until: '', why: '' };
const { conditions } = countryOf([STOLEN, UNALLOCATED, CLONED]);

const sources = (given: Partial<Sources> = {}): Sources => ({
  decide: async (questions) => questions.map(() => answer('permitted')),
  aspects: () => NOTHING,
  models: (tac) => (tac === 35693803 ? { make: 'Acme', model: 'One', approved: false } : undefined),
  reasons: publicReasons(conditions),
  today: () => '2026-10-20',
  ...given,
});

async function toldOf(given: Partial<Sources>, text = IMEI): Promise<Told> {
  const [told] = (await checkingBy(sources(given)).check([text], AT)) ?? [];
  assert.ok(told);
  return told;
}
const decided = (given: Answer): Partial<Sources> => ({ decide: async (questions) => questions.map(() => given) });

test('nothing against a known model: clear', async () => {
  assert.deepEqual(await toldOf({}), {
    imei: IMEI,
    verdict: 'CLEAR',
    statuses: [],
    reasons: [],
    blockedFrom: null,
    make: 'Acme',
    model: 'One',
    advice: 'nothing_against_it',
  });
});

test('what is stolen is not to be bought, blocked or tracked', async () => {
  for (const status of ['blocked', 'tracked'] as const) {
    const told = await toldOf(decided(answer(status, 'Reported stolen')));
    assert.deepEqual([told.verdict, told.advice], ['DO_NOT_BUY', 'do_not_buy_stolen']);
    assert.deepEqual(told.statuses, ['STOLEN', status === 'blocked' ? 'BLOCKED' : 'TRACKED']);
    assert.deepEqual(told.reasons, ['stolen']);
  }
  const lost = await toldOf(decided(answer('tracked', 'lost')));
  assert.deepEqual([lost.verdict, lost.statuses], ['DO_NOT_BUY', ['LOST', 'TRACKED']]);
});

test('what networks let through for a while only is told as it was decided', async () => {
  const staged = answer('permitted', 'Many devices', { intended: 'blocked', exception: 'staged', list: 'blocked' });
  const told = await toldOf(decided(staged));
  assert.deepEqual([told.verdict, told.statuses], ['DO_NOT_BUY', ['DUPLICATE', 'BLOCKED']]);
});

test('a block that lies ahead is told with its day, one that has passed is not', async () => {
  const aspects = { ...NOTHING, inUse: true, until: '2026-11-01', why: 'The TAC was never allocated' };
  const told = await toldOf({ aspects: () => aspects });
  assert.deepEqual([told.verdict, told.advice, told.blockedFrom], ['CAUTION', 'will_be_blocked', '2026-11-01']);
  assert.deepEqual([told.statuses, told.reasons], [['ALREADY_IN_USE', 'GRACE'], ['tac_not_allocated']]);
  const late = await toldOf({ aspects: () => aspects, today: () => '2026-11-02' });
  assert.deepEqual([late.verdict, late.blockedFrom, late.reasons], ['CLEAR', null, []]);
});

test('a model that nobody knows is unknown, and suspicious where it is in use', async () => {
  const unknown = await toldOf({}, OTHER);
  assert.deepEqual([unknown.verdict, unknown.advice, unknown.make], ['UNKNOWN', 'model_unknown', null]);
  const used = await toldOf({ aspects: () => ({ ...NOTHING, inUse: true }) }, OTHER);
  assert.deepEqual([used.verdict, used.advice], ['CAUTION', 'model_unknown']);
});

test('what is on no permitted list where only that admits is blocked', async () => {
  const told = await toldOf(decided(answer('blocked')));
  assert.deepEqual([told.verdict, told.statuses, told.reasons], ['DO_NOT_BUY', ['BLOCKED'], []]);
});

test('texts that are no identifier, or two at once, are invalid', async () => {
  for (const text of ['', 'hello', '356938035643808', '123', `${IMEI} ${OTHER}`]) {
    const told = await toldOf({}, text);
    assert.deepEqual([told.verdict, told.imei, told.advice], ['INVALID', null, 'check_the_digits'], text);
  }
});

test('digits of other scripts are read', async () => {
  for (const text of ['٣٥٦٩٣٨٠٣٥٦٤٣٨٠٩', '३५६९३८०३५६४३८०९', ' 35-693803-564380-9 ', 'IMEI: 356938035643809'])
    assert.equal((await toldOf({}, text)).imei, IMEI);
});

test('whatever is asked, each source is asked once and in the same order', async () => {
  const asked = async (text: string, listed: boolean): Promise<readonly string[]> => {
    const trail: string[] = [];
    const note = <T>(name: string, value: T): T => {
      trail.push(name);
      return value;
    };
    await checkingBy({
      decide: async (questions) =>
        note(
          'decide',
          questions.map(() => answer(listed ? 'blocked' : 'permitted', listed ? 'Reported stolen' : '')),
        ),
      aspects: () => note('aspects', NOTHING),
      models: () => note('models', undefined),
      reasons: (joined) => note('reasons', publicReasons(conditions)(joined)),
      today: () => note('today', '2026-10-20'),
    }).check([text], AT);
    return trail;
  };
  const listed = await asked(IMEI, true);
  assert.deepEqual(listed, ['decide', 'today', 'aspects', 'models', 'reasons', 'reasons']);
  assert.deepEqual(await asked(OTHER, false), listed);
  assert.deepEqual(await asked('no identifier at all', false), listed);
});

test('two identifiers come down to the worse, and must be of one model', async () => {
  const clear = await toldOf({});
  const stolen = await toldOf(decided(answer('blocked', 'Reported stolen')));
  assert.deepEqual(together([clear, stolen]), ['DO_NOT_BUY', 'do_not_buy_stolen']);
  assert.deepEqual(together([clear, clear]), ['CLEAR', 'nothing_against_it']);
  assert.deepEqual(together([clear, { ...clear, model: 'Two' }]), ['CAUTION', 'two_models']);
  const invalid = await toldOf({}, '12');
  assert.deepEqual(together([clear, invalid]), ['INVALID', 'check_the_digits']);
});

test('answers are equally long', async () => {
  const clear = padded(await toldOf({}));
  const stolen = padded(await toldOf(decided(answer('blocked', 'Reported stolen'))));
  assert.equal(Buffer.byteLength(clear), Buffer.byteLength(stolen));
  assert.deepEqual(Object.keys(JSON.parse(clear)), Object.keys(JSON.parse(stolen)));
  assert.equal(Buffer.byteLength(padded({ text: 'é'.repeat(2000) })) % 2048, 0);
});

test('a reference proves what was told, to whom asks with the same identifiers and minute', () => {
  const key = Buffer.alloc(16, 7);
  const claim = { imeis: [IMEI], verdict: 'CLEAR', at: AT } as const;
  const reference = referenceFor(key, claim);
  assert.equal(verdictBehind(key, claim, reference), 'CLEAR');
  assert.equal(verdictBehind(key, { ...claim, imeis: [OTHER] }, reference), undefined);
  assert.equal(verdictBehind(key, { ...claim, at: new Date(AT.getTime() + 60_000) }, reference), undefined);
  assert.equal(verdictBehind(Buffer.alloc(16, 8), claim, reference), undefined);
});
