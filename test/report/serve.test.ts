import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../../src/faults/fault.ts';
import { POLICY } from '../../src/report/page.ts';
import { servePage } from '../../src/report/serve.ts';

test('the page is served to this machine under one address, with headers that shut everything else', async () => {
  const served = await servePage('<p>Grüezi</p>', 0);
  try {
    assert.match(served.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const page = await fetch(served.url);
    assert.equal(page.status, 200);
    assert.equal(await page.text(), '<p>Grüezi</p>');
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(page.headers.get('content-security-policy'), `${POLICY}; frame-ancestors 'none'`);
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(page.headers.get('cache-control'), 'no-store');
    const head = await fetch(served.url, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text(), head.headers.get('content-length')], [200, '', '14']);
    assert.equal((await fetch(`${served.url}etc/passwd`)).status, 404);
    const post = await fetch(served.url, { method: 'POST', body: 'x' });
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
  } finally {
    await served.close();
  }
  await assert.rejects(fetch(served.url));
});

test('a port that is taken is refused with the reason', async () => {
  const served = await servePage('', 0);
  try {
    const port = Number(new URL(served.url).port);
    await assert.rejects(
      servePage('', port),
      (error) => error instanceof Refused && error.faults[0]?.code === 'REPORT_PORT',
    );
  } finally {
    await served.close();
  }
});
