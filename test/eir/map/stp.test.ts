import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type MapServer, startMap } from '../../../src/eir/map/server.ts';
import { begin, connectMsc, dataOf, hex, type Msc, tlv, udt } from '../../peers/msc.ts';
import { dissect, withoutShark } from '../../peers/shark.ts';
import { startStp, withoutStp } from '../../peers/stp.ts';
import { ground, until } from './ground.ts';

suite('through OsmoSTP', { skip: withoutStp }, () => {
  const on = ground();
  const captured: Buffer[] = [];
  let stp: Awaited<ReturnType<typeof startStp>>;
  let eir: MapServer;
  let msc: Msc;

  const start = async (port?: number): Promise<void> => {
    stp = await startStp(port);
  };
  /** Asks through the transfer point; both messages are kept for the dissector. */
  const ask = async (message: Buffer): Promise<Buffer> => {
    const answer = await msc.ask(message);
    captured.push(message, answer);
    return answer;
  };
  const ended = async (data: Buffer): Promise<string> => dataOf(await ask(udt(data))).toString('hex');

  before(async () => {
    await start();
    const link = { kind: 'ipa', name: 'stp', host: '127.0.0.1', port: stp.port, unitName: 'eir' } as const;
    const limits = { pauseMs: 20, longestPauseMs: 100 };
    eir = startMap({ links: [link], checker: on.checker, count: on.count, limits });
    await until(() => eir.links()[0]?.state === 'active');
    msc = await connectMsc(stp.port, 'msc');
  });
  after(async () => {
    msc.close();
    await eir.close(1000);
    await stp.stop();
  });

  const ROWS = [
    [1, '356938030000010', /0a0100$/],
    [2, '356938030000020', /0a0101$/],
    [3, '3569380300000387', /30030a0102$/],
    [1, '356938030000990', /a306020101020107$/],
    [2, '356938030000990', /a306020101020107$/],
    [3, '356938030000990', /a306020101020107$/],
  ] as const;
  for (const [version, imei, expected] of ROWS) {
    test(`version ${version}, ${imei}`, async () => {
      assert.match(await ended(begin({ version, imei })), expected);
    });
  }

  test('refusals: another context, another operation, a transaction that is not known', async () => {
    assert.match(
      await ended(begin({ version: 2, imei: '356938030000010', context: '04' })),
      /a203020101a305a103020102$/,
    );
    assert.match(await ended(begin({ version: 2, imei: '356938030000010', operation: '38' })), /a406020101810101$/);
    assert.match(await ended(tlv('65', '480400000001', '490400000002')), /4a0101$/);
  });

  test('a subsystem test, and a message for another subsystem', async () => {
    const management = { called: '42 01', calling: '42 01' };
    assert.equal((await ask(udt(hex('03 09 01 01 00'), management))).toString('hex', 11), '050109010100'.slice(0, 12));
    const returned = await ask(udt(begin({ version: 1, imei: '356938030000010' }), { called: '42 06', second: '80' }));
    assert.equal(returned.toString('hex', 0, 2), '0a04');
  });

  test('tshark dissects the whole exchange without a warning', { skip: withoutShark }, async () => {
    const fields = [
      '_ws.col.Protocol',
      '_ws.col.Info',
      'gsm_map.ms.imei',
      'gsm_map.ms.equipmentStatus',
      'gsm_old.localValue',
    ];
    const lines = await dissect(captured, { protocol: 'sccp', fields });
    assert.equal(lines.length, captured.length);
    // In turn: protocol and what it is, IMEI as it stands, equipment status, operation or error.
    assert.deepEqual(
      [...lines.slice(0, 8), ...lines.slice(-4)],
      [
        'GSM MAP\tinvoke checkIMEI \t53968330000010f0\t\t43',
        'GSM MAP\treturnResultLast checkIMEI \t\t0\t43',
        'GSM MAP\tinvoke checkIMEI \t53968330000020f0\t\t43',
        'GSM MAP\treturnResultLast checkIMEI \t\t1\t43',
        'GSM MAP\tinvoke checkIMEI \t5396833000003078\t\t43',
        'GSM MAP\treturnResultLast checkIMEI \t\t2\t43',
        'GSM MAP\tinvoke checkIMEI \t53968330000099f0\t\t43',
        'GSM MAP\treturnError \t\t\t7',
        'SCCPMG (Int. ITU)\tSST \t\t\t',
        'SCCPMG (Int. ITU)\tSSA \t\t\t',
        'GSM MAP\tinvoke checkIMEI \t53968330000010f0\t\t43',
        'SCCP (Int. ITU)\tUDTS \t53968330000010f0\t\t43',
      ],
    );
    const warnings = await dissect(captured, {
      protocol: 'sccp',
      fields,
      filter: '_ws.expert.severity >= warning or _ws.malformed',
    });
    assert.deepEqual(warnings, []);
  });

  test('the link comes back after the transfer point was killed', async () => {
    const { port } = stp;
    msc.close();
    await stp.stop();
    await until(() => eir.links()[0]?.state === 'down');
    await start(port);
    await until(() => eir.links()[0]?.state === 'active');
    msc = await connectMsc(port, 'msc');
    assert.match(await ended(begin({ version: 3, imei: '356938030000020' })), /0a0101$/);
    assert.ok((on.counted.get('map_link up') ?? 0) >= 2);
  });
});
