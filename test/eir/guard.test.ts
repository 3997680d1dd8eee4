import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { guarded, tellFault } from '../../src/eir/guard.ts';

const warned = async (act: () => void): Promise<Error> => {
  const heard = once(process, 'warning', { signal: AbortSignal.timeout(20_000) });
  act();
  return ((await heard) as [Error])[0];
};

test('a fault in what a peer sent ends that peer, is counted each time and told once, by its place alone', async () => {
  const taken: number[] = [];
  let lost = 0;
  const take = guarded(
    (chunk) => {
      if (chunk.length > 3) throw new RangeError('999010000000001');
      taken.push(chunk.length);
    },
    () => {
      lost += 1;
    },
  );
  const warning = await warned(() => take(Buffer.alloc(4)));
  assert.equal(warning.name, 'PeerFault');
  assert.match(warning.message, /^RangeError at .*guard\.test\.ts/);
  assert.doesNotMatch(warning.message, /999010000000001/);
  let more = 0;
  const count = ({ name }: Error): void => {
    if (name === 'PeerFault') more += 1;
  };
  process.on('warning', count);
  for (const size of [1, 9, 2]) take(Buffer.alloc(size));
  await new Promise(setImmediate);
  process.off('warning', count);
  assert.deepEqual([taken, lost, more], [[1, 2], 2, 0]);
});

test('what is thrown without being an error is told, too', async () => {
  const warning = await warned(() => tellFault('999010000000001'));
  assert.equal(warning.name, 'PeerFault');
  assert.doesNotMatch(warning.message, /999010000000001/);
});
