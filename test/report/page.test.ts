import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { Html, html } from '../../src/report/html.ts';
import { pageOf } from '../../src/report/page.ts';
import { textOf } from '../../src/report/text.ts';
import { modelName, worded } from '../../src/report/write.ts';
import { HOSTILE, SAMPLE } from './sample.ts';

const page = pageOf(SAMPLE);
const { document } = parseHTML(page);

/** Elements that HTML closes by itself. */
const VOID = new Set(['meta', 'link', 'br', 'hr', 'img', 'input']);

/** The first tag that does not fit, or undefined where all elements are closed in the order of their opening. */
function misfit(markup: string): string | undefined {
  const open: string[] = [];
  const body = markup.replace(/<style>[^<]*<\/style>/, '').replace(/^<!doctype html>/, '');
  for (const [tag, slash, name = '', own] of body.matchAll(
    /<(\/?)([A-Za-z][A-Za-z0-9]*)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g,
  )) {
    if (VOID.has(name) || own === '/') continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return tag;
  }
  const left = body.replaceAll(/<\/?[A-Za-z][A-Za-z0-9]*(?:\s+[\w:-]+="[^"<]*")*\s*\/?>/g, '');
  return open.at(-1) ?? /[<>]/.exec(left)?.[0];
}

test('html escapes what is filled in, in text and in attributes, whatever it is', () => {
  const unescaped = (text: string): string =>
    ['lt <', 'gt >', 'quot "', "#39 '", 'amp &'].reduce((left, pair) => {
      const [name = '', sign = ''] = pair.split(' ');
      return left.replaceAll(`&${name};`, sign);
    }, text);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", ';', 'lt', '#39', 'a', ' ') }), (text) => {
      const [, attribute = '', content = ''] =
        /^<i title="([^"]*)">([^<]*)<\/i>$/.exec(html`<i title="${text}">${text}</i>`.toString()) ?? [];
      assert.doesNotMatch(attribute + content, /[<>"']/);
      assert.equal(unescaped(attribute), text);
      assert.equal(unescaped(content), text);
    }),
  );
});

test('html takes markup, lists and nothing as they are', () => {
  const items = ['a<b', 2].map((one) => html`<li>${one}</li>`);
  assert.equal(html`<ul>${items}</ul>${undefined}`.toString(), '<ul><li>a&lt;b</li><li>2</li></ul>');
  assert.equal(html`${new Html('<hr>')}${"&'"}`.toString(), '<hr>&amp;&#39;');
});

test('the page is well formed', () => {
  assert.equal(misfit('<p><i>x</p></i>'), '</p>', 'the check sees what is crossed');
  assert.equal(misfit('<p>a < b</p>'), '<', 'the check sees what is not escaped');
  assert.equal(misfit(page), undefined);
});

test('the page stands alone: no script, no address, no file beside it', () => {
  assert.deepEqual(page.match(/https?:\/\//g), null);
  assert.deepEqual(page.match(/\surl\(|@import|javascript:/gi), null);
  const loading = 'script, link, iframe, object, embed, img, image, use, form, base, [src], [href], [action], [style]';
  assert.deepEqual([...document.querySelectorAll(loading)].map(String), []);
  const handlers = [...document.querySelectorAll('*')]
    .flatMap((one) => one.getAttributeNames())
    .filter((name) => /^on/i.test(name));
  assert.deepEqual(handlers, []);
});

test("the page's policy admits its own style sheet and nothing else", () => {
  const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
  const styles = [...page.matchAll(/<style>([^<]*)<\/style>/g)].map(([, text = '']) => text);
  assert.equal(styles.length, 1);
  const hash = createHash('sha256')
    .update(styles[0] ?? '')
    .digest('base64');
  assert.equal(policy, `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
});

test('names from outside stand in the page as text', () => {
  assert.ok(!page.includes('<script'));
  const cells = [...document.querySelectorAll('th, td')].map(({ textContent }) => textContent);
  assert.ok(cells.includes(`Acme ${HOSTILE}`));
});

test('every chart is drawn for both widths and has its table', () => {
  const figures = [...document.querySelectorAll('figure')];
  assert.equal(figures.length, 6);
  for (const figure of figures) {
    assert.equal(figure.querySelectorAll('.chart.wide svg[role="img"][aria-label]').length, 1);
    assert.equal(figure.querySelectorAll('.chart.narrow svg[role="img"][aria-label]').length, 1);
    assert.ok(figure.querySelectorAll('details table tbody tr').length > 0);
  }
  assert.ok([...document.querySelectorAll('table')].every((table) => table.parentElement?.className === 'scroll'));
});

test('the page holds no IMEI, IMSI or number of a subscriber', () => {
  const seen = page.replaceAll(/<style>[^<]*<\/style>|<[^>]*>/g, ' ').match(/\d{10,}/g);
  assert.deepEqual(seen, null);
  assert.ok(!page.includes('35000000000001'));
});

test('the page of a country where nothing was found is whole, too', () => {
  const none = {
    conditions: [],
    lists: [],
    sharing: [],
    blocks: [],
    generations: [],
    models: [],
    reasons: [],
    imports: [],
  };
  const empty = pageOf({ ...SAMPLE, figures: { ...SAMPLE.figures, ...none }, accuracy: [], refused: [] });
  assert.equal(misfit(empty), undefined);
  assert.equal(parseHTML(empty).document.querySelectorAll('section').length, 9);
});

test('the page shows the numbers it was given', () => {
  const row = (label: string, first: string): readonly string[] => {
    const table = document.querySelector(`[aria-label="${label}"] table`);
    const rows = [...(table?.querySelectorAll('tbody tr') ?? [])].map((one) =>
      [...one.children].map((cell) => cell.textContent),
    );
    return rows.find(([head]) => head === first) ?? [];
  };
  assert.deepEqual(row('Precision and recall by condition', 'stolen').slice(2), ['13', '12', '11', '91.7 %', '84.6 %']);
  assert.deepEqual(row('Precision and recall by condition', 'test TAC').slice(2), ['0', '2', '0', '0.0 %', 'none']);
  assert.deepEqual(row('Rows of each list', 'notifications'), ['notifications', '', '40', '2']);
  assert.deepEqual(row('Rows of operator data', 'alfa'), ['alfa', '1,234,567', '1,234,560', '7']);
  const tiles = [...document.querySelectorAll('.tiles dd')].map(({ textContent }) => textContent);
  assert.deepEqual(tiles, ['1,234,587', '2,111', '5', '7', '42']);
});

test('the text for the terminal fits it and says the same', () => {
  const lines = textOf(SAMPLE).split('\n');
  assert.ok(lines.length <= 40);
  assert.deepEqual(
    lines.filter((line) => line.length > 100),
    [],
  );
  const of = (label: string): readonly string[] =>
    (lines.find((line) => line.startsWith(label)) ?? '')
      .slice(27)
      .trim()
      .split(/\s{2,}/);
  assert.deepEqual(of('stolen '), ['blocked', '13', '12', '11', '91.7 %', '84.6 %']);
  assert.deepEqual(of('other owner'), ['informative', '4', '0', '0', 'none', '0.0 %']);
  assert.deepEqual(of('own rule'), ['tracked', '77']);
  assert.deepEqual(of('not registered'), ['blocked', 'not judged']);
  assert.ok(lines.includes('  notifications  alfa 40, bravo 2'));
});

test('labels and models are written as people write them', () => {
  assert.equal(worded('test_tac'), 'test TAC');
  assert.equal(worded('many_owners'), 'many owners');
  assert.equal(modelName({ brand: 'Acme', name: 'Acme One' }), 'Acme One');
  assert.equal(modelName({ brand: 'Acme', name: 'One' }), 'Acme One');
  assert.equal(modelName({ brand: '', name: '' }), 'no model known');
});
