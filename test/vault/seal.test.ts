import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { destroyed, freshRing, readRing, rotated, writeRing } from '../../src/vault/ring.ts';
import { headerOf, vaultOf } from '../../src/vault/seal.ts';
import { DATA_CLASSES, type Domain } from '../../src/vault/vault.ts';
import { memoryKeys } from './memory.ts';

const MADE = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-06-01T00:00:00Z');
const kind = fc.constantFrom(...DATA_CLASSES);
const text = fc.string({ unit: 'grapheme', maxLength: 60 });

test('what is sealed opens to the same text, and never looks the same twice', () => {
  const vault = vaultOf(memoryKeys());
  fc.assert(
    fc.property(kind, text, (of, word) => {
      const sealed = vault.seal(of, word);
      assert.equal(vault.open(of, sealed), word);
      assert.notDeepEqual(vault.seal(of, word), sealed);
      assert.ok(word.length < 4 || !sealed.includes(Buffer.from(word)), 'the text is not in the seal');
    }),
    { numRuns: 100 },
  );
});

test('a seal is of one class: as another it is refused, also where its header is rewritten', () => {
  const vault = vaultOf(memoryKeys());
  fc.assert(
    fc.property(kind, kind, text, (of, other, word) => {
      fc.pre(of !== other);
      const sealed = vault.seal(of, word);
      assert.throws(() => vault.open(other, sealed), /not of the class/);
      headerOf(other, 1).copy(sealed);
      assert.throws(() => vault.open(other, sealed));
    }),
    { numRuns: 50 },
  );
});

test('a seal under one version is refused as one under another', () => {
  const keys = memoryKeys();
  const vault = vaultOf(keys);
  const sealed = vault.seal('trace', 'seen');
  keys.replace(rotated(keys.ring(), ['trace'], LATER));
  headerOf('trace', 2).copy(sealed);
  assert.throws(() => vault.open('trace', sealed));
  headerOf('trace', 3).copy(sealed);
  assert.throws(() => vault.open('trace', sealed), /version 3 of trace, which is not on the ring/);
});

test('a seal in which any bit was changed, or that was cut or prolonged, is refused', () => {
  const vault = vaultOf(memoryKeys());
  fc.assert(
    fc.property(kind, text, fc.nat(), (of, word, place) => {
      const sealed = vault.seal(of, word);
      const bit = place % (sealed.length * 8);
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => vault.open(of, changed));
      assert.throws(() => vault.open(of, sealed.subarray(0, place % sealed.length)));
      assert.throws(() => vault.open(of, Buffer.concat([sealed, Buffer.alloc(1)])));
    }),
    { numRuns: 200 },
  );
});

test('after a rotation new seals are under the new key, and old ones still open', () => {
  const keys = memoryKeys();
  const vault = vaultOf(keys);
  const [contact, proof] = [vault.seal('contact', 'one'), vault.seal('proof', 'two')];
  keys.replace(rotated(keys.ring(), ['contact'], LATER));
  assert.equal(vault.open('contact', contact), 'one');
  assert.deepEqual(vault.seal('contact', 'new').subarray(0, 6), headerOf('contact', 2));
  assert.deepEqual(vault.seal('proof', 'new').subarray(0, 6), proof.subarray(0, 6), 'other classes keep theirs');
});

test('what was sealed under a destroyed key cannot be told from nothing; the rest opens', () => {
  const keys = memoryKeys();
  const vault = vaultOf(keys);
  const old = vault.seal('identity', 'gone');
  keys.replace(rotated(keys.ring(), ['identity'], LATER));
  const kept = vault.seal('identity', 'kept');
  keys.replace(destroyed(keys.ring(), { class: 'identity', version: 1 }));
  assert.deepEqual([vault.open('identity', old), vault.open('identity', kept)], [undefined, 'kept']);
});

test('pseudonyms are equal where domain and text are, and join nothing else', () => {
  const keys = memoryKeys();
  const [vault, other] = [vaultOf(keys), vaultOf(memoryKeys())];
  const domain = fc.constantFrom<Domain>('msisdn', 'imsi', 'person', 'holder', 'email');
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(domain, text, (of, word) => {
      const made = vault.pseudonym(of, word);
      assert.match(made, /^[0-9a-f]{32}$/);
      assert.equal(vaultOf(keys).pseudonym(of, word), made);
      assert.notEqual(other.pseudonym(of, word), made, 'another register has others');
      assert.equal(seen.get(made) ?? `${of} ${word}`, `${of} ${word}`);
      seen.set(made, `${of} ${word}`);
    }),
    { numRuns: 300 },
  );
  const all = (['msisdn', 'imsi', 'person', 'holder', 'email'] as const).map((of) => vault.pseudonym(of, '1'));
  assert.equal(new Set(all).size, all.length);
});

test('pseudonyms outlive every rotation', () => {
  const keys = memoryKeys();
  const vault = vaultOf(keys);
  const before = vault.pseudonym('msisdn', '999100200');
  keys.replace(rotated(keys.ring(), DATA_CLASSES, LATER));
  assert.equal(vault.pseudonym('msisdn', '999100200'), before);
});

test('a ring is read as it was written', () => {
  const ring = destroyed(rotated(freshRing(MADE), ['contact', 'trace'], LATER), { class: 'trace', version: 1 });
  assert.deepEqual(readRing(writeRing(ring)), ring);
});

test('texts that are no ring are refused without a word of what is in them', () => {
  const good = writeRing(freshRing(MADE));
  const secret = /"pseudonym": "([0-9a-f]{64})"/.exec(good)?.[1] ?? '';
  const bad: readonly [string, RegExp][] = [
    [good.slice(0, -3), /no JSON/],
    ['null', /format 1/],
    [good.replace('"format": 1', '"format": 2'), /format 1/],
    [good.replace('"sealing"', '"ceiling"'), /missing/],
    [good.replace(secret, secret.slice(1)), /not 64 hexadecimal digits/],
    [good.replace(secret, '0'.repeat(64)), /not random/],
    [good.replace(secret, '0123456789abcdef'.repeat(4)), /not random/],
    [good.replace('"version": 1', '"version": 2'), /not 1, 2, 3/],
    [good.replace('"class": "proof"', '"class": "prof"'), /no key to seal proof/],
    [good.replace(/"d": "[^"]*"/, '"e": ""'), /no key to sign/],
    [good.replace(/"kid": "./, '"kid": "!'), /kid/],
    [good.replaceAll('2026-01-01T', 'some day '), /no time/],
  ];
  for (const [words, says] of bad) {
    assert.notEqual(words, good);
    assert.throws(
      () => readRing(words),
      (error: Error) => says.test(error.message) && !error.message.includes(secret.slice(1)),
      String(says),
    );
  }
});
