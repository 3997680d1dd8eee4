import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foreseen, unforeseen } from '../../src/cli/foreseen.ts';
import { EngineError } from '../../src/stores/protocol.ts';

const codeOf = (error: unknown): string | undefined => foreseen(error)?.faults[0]?.code;
const system = (code: string): Error => Object.assign(new Error(`${code}: something`), { code });

test('what a user can mend about the machine has a code, wherever in the chain of causes it stands', () => {
  for (const full of [
    system('ENOSPC'),
    system('EDQUOT'),
    system('53100'),
    new EngineError('Code: 243. DB::Exception: Cannot reserve 1.00 MiB', 243),
    new EngineError('Code: 75. DB::Exception: Cannot write: No space left on device', 75),
    new EngineError('std::exception: filesystem error: cannot rename: No space left on device', 1001),
    new Error('it did not start', { cause: new Error('could not write: No space left on device') }),
  ]) {
    assert.equal(codeOf(full), 'STORE_DISK_FULL', full.message);
  }
  assert.equal(codeOf(new EngineError('Code: 241. DB::Exception: Memory limit exceeded', 241)), 'STORE_MEMORY');
  assert.equal(codeOf(system('ECONNREFUSED')), 'STORE_UNREACHABLE');
  assert.equal(codeOf(new AggregateError([system('EADDRNOTAVAIL'), system('ECONNREFUSED')])), 'STORE_UNREACHABLE');
  assert.equal(codeOf(system('28P01')), 'STORE_UNREACHABLE');
});

test('what nobody foresaw is not passed off as something else', () => {
  for (const error of [new Error('a defect'), new EngineError('Code: 75. Cannot write: broken', 75), 'text', undefined])
    assert.equal(foreseen(error), undefined);
});

test('the words of an unforeseen failure carry no number of a person', () => {
  const number = fc.stringMatching(/^\d{6,15}$/);
  const words = fc.array(fc.oneof(number, fc.string()), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(words, fc.boolean(), (message, engine) => {
      const error = engine ? new EngineError(message, 27) : new Error(message);
      const [fault] = unforeseen(error).faults;
      assert.equal(fault?.code, 'UNFORESEEN');
      assert.doesNotMatch(fault?.message ?? '', /\d{6}/);
    }),
  );
  const [fault] = unforeseen(new EngineError("Cannot parse '999010000000001' as UInt8", 27)).faults;
  assert.match(
    fault?.message ?? '',
    /^ceir failed unexpectedly \(engine: 27\): EngineError: Cannot parse '…' as UInt8\n/,
  );
});
