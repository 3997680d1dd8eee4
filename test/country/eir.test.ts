import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween } from '../../src/country/change.ts';
import { parseCountry } from '../../src/country/country.ts';
import { EIR_DEFAULTS } from '../../src/country/eir.ts';
import { exampleCountry } from '../../src/country/example.ts';
import { writeFault } from '../../src/faults/fault.ts';
import { edited, parsed } from './base.ts';
import { CATALOGUE } from './catalogue.ts';

/** The base with a section `eir` on lines 17 and on, and permitted lists where asked for. */
const withEir = (lines: readonly string[], permitted = false): string =>
  edited(
    'retention_months: 6\n',
    `retention_months: 6\n${permitted ? 'lists: { permitted: true }\n' : ''}eir:\n${lines.map((line) => `  ${line}\n`).join('')}`,
  );

const eirOf = (lines: readonly string[], permitted = false) => parsed(withEir(lines, permitted)).eir;

test('without the section there is none, and an empty one is the defaults', () => {
  assert.equal(parsed().eir, undefined);
  assert.deepEqual(parsed(edited('retention_months: 6', 'eir:')).eir, EIR_DEFAULTS);
});

test('modes have their presets and defaults', () => {
  const modes = eirOf(
    [
      'modes:',
      '  - { from: 2026-01-01, mode: permissive }',
      '  - { from: 2026-02-01, mode: permissive, response_type: 1 }',
      '  - { from: 2026-03-01, mode: permissive, response_type: 2, shadow: true }',
      '  - { from: 2026-04-01, mode: permissive, response_type: 3, percentage: 12.5 }',
      '  - { from: 2026-05-01, operator: alfa, mode: synchronization }',
      '  - { from: 2026-06-01, operator: alfa, mode: authorization, ttl_seconds: 0, timeout_ms: 50, fallback: blocked }',
      '  - { from: 2026-07-01, operator: alfa, mode: hybrid, unlisted: unknown }',
    ],
    true,
  )?.modes;
  const rest = { shadow: false, percentage: 100, onlyPermitted: false };
  assert.deepEqual(modes, [
    { from: '2026-01-01', mode: 'permissive', unlisted: 'permitted', ...rest },
    { from: '2026-02-01', mode: 'permissive', unlisted: 'permitted', ...rest },
    { from: '2026-03-01', mode: 'permissive', unlisted: 'unknown', ...rest, shadow: true },
    { from: '2026-04-01', mode: 'permissive', unlisted: 'unknown', ...rest, onlyPermitted: true, percentage: 12.5 },
    { from: '2026-05-01', operator: 'alfa', mode: 'synchronization', unlisted: 'blocked', ...rest },
    {
      ...{ from: '2026-06-01', operator: 'alfa', mode: 'authorization', unlisted: 'blocked', ...rest },
      asking: { ttlSeconds: 0, timeoutMs: 50, fallback: 'blocked' },
    },
    {
      ...{ from: '2026-07-01', operator: 'alfa', mode: 'hybrid', unlisted: 'unknown', ...rest },
      asking: { ttlSeconds: 3600, timeoutMs: 500, fallback: 'permitted' },
    },
  ]);
});

const FAULTS: readonly (readonly [lines: readonly string[], due: readonly string[], says: RegExp])[] = [
  [['overide: blocked'], ['18:3 COUNTRY_KEY eir.overide'], /Did you mean override\?/],
  [['override: white'], ['18:13 COUNTRY_VALUE eir.override'], /not among the choices/],
  [['modes: [{ from: 2026-01-01, mode: open }]'], ['18:37 COUNTRY_VALUE eir.modes[0].mode'], /permissive/],
  [['modes: [{ mode: permissive }]'], ['18:11 COUNTRY_KEY eir.modes[0].from'], /from is missing/],
  [
    ['modes: [{ from: 2026-01-01, mode: permissive, operator: zulu }]'],
    ['18:59 COUNTRY_VALUE eir.modes[0].operator'],
    /zulu is none of the operators\b.*\n.*alfa, bravo/,
  ],
  [
    ['modes: [{ from: 2026-01-01, mode: synchronization }]'],
    ['18:37 COUNTRY_VALUE eir.modes[0].mode'],
    /none is made.*\n.*permitted: true/,
  ],
  [
    ['modes: [{ from: 2026-01-01, mode: permissive, unlisted: blocked, response_type: 1 }]'],
    ['18:83 COUNTRY_VALUE eir.modes[0].response_type'],
    /one of the two/,
  ],
  [
    ['modes: [{ from: 2026-01-01, mode: permissive, timeout_ms: 5 }]'],
    ['18:61 COUNTRY_VALUE eir.modes[0].timeout_ms'],
    /the mode here is permissive/,
  ],
  [
    ['modes: [{ from: 2026-01-01, mode: permissive, percentage: 1.234 }]'],
    ['18:61 COUNTRY_VALUE eir.modes[0].percentage'],
    /two decimals/,
  ],
  [
    ['modes: [{ from: 2026-01-01, mode: permissive, regions: [east] }]', 'regions: [{ id: north, peers: [a] }]'],
    ['18:59 COUNTRY_VALUE eir.modes[0].regions[0]'],
    /choose one of: north/,
  ],
  [
    ['modes: [{ from: 2026-01-01, mode: permissive }, { from: 2026-01-01, mode: permissive, shadow: true }]'],
    ['18:59 COUNTRY_VALUE eir.modes[1].from'],
    /the mode of all operators from 2026-01-01 is given twice, first on line 18/,
  ],
  [["regions: [{ id: north, peers: ['a*b*c'] }]"], ['18:34 COUNTRY_VALUE eir.regions[0].peers[0]'], /at most once/],
  [
    ["roamers: { homes: [{ home: '228', stay_days: 1 }, { home: '228', stay_days: 2 }] }"],
    ['18:61 COUNTRY_VALUE eir.roamers.homes[1].home'],
    /the home 228 is given twice/,
  ],
  [
    ["imsi_ranges: [{ from: '99902', to: '99901', status: blocked }]"],
    ['18:38 COUNTRY_VALUE eir.imsi_ranges[0].to'],
    /backwards/,
  ],
  [
    [
      "imsi_ranges: [{ from: '99901', to: '99901', status: blocked }, { from: '999015', to: '999020', status: blocked }]",
    ],
    ['18:66 COUNTRY_VALUE eir.imsi_ranges[1]'],
    /overlaps in part with another one, on line 18/,
  ],
  [
    ["imei_ranges: [{ from: '35000000000000', to: '35000000000009', list: blocked, reason: R }]"],
    ['18:71 COUNTRY_NOTICE eir.imei_ranges[0].list'],
    /notice_exempt/,
  ],
  [
    ['tacs: [{ tac: 35000000, list: tracked, reason: R }]'],
    ['18:17 COUNTRY_MNC eir.tacs[0].tac'],
    /in quotes: '35000000'/,
  ],
  [
    ["tacs: [{ tac: '35000000', list: tracked, reason: R, svn_from: 5, svn_to: 3 }]"],
    ['18:76 COUNTRY_VALUE eir.tacs[0].svn_to'],
    /backwards/,
  ],
  [
    [
      'tacs:',
      "  - { tac: '35000000', list: tracked, reason: R }",
      "  - { tac: '35000000', list: permitted, reason: S }",
    ],
    ['20:7 COUNTRY_VALUE eir.tacs[1]'],
    /given twice, on line 19/,
  ],
];

test('each fault is told with its line and what to do', () => {
  for (const [lines, due, says] of FAULTS) {
    const result = parseCountry(withEir(lines), 'country.yaml', CATALOGUE);
    assert.ok(!result.ok, lines.join('\n'));
    const rows = result.fault.map(({ line, column, code, field = '' }) => `${line}:${column} ${code} ${field}`);
    const said = result.fault.map(writeFault).join('\n');
    assert.deepEqual(rows, due, said);
    assert.match(said, says);
  }
});

test('equal ranges of different software versions may stand together, and one within the other', () => {
  const lines = [
    'tacs:',
    "  - { tac: '35000000', list: tracked, reason: R }",
    "  - { tac: '35000000', svn_to: 3, list: tracked, reason: S }",
    "  - { tac: '35000000', svn_from: 4, list: permitted, reason: T }",
    'imei_ranges:',
    "  - { from: '35000000000000', to: '35000000000099', list: tracked, reason: R }",
    "  - { from: '35000000000010', to: '35000000000019', list: blocked, reason: S, notice_exempt: 'Act, section 12' }",
  ];
  assert.equal(eirOf(lines)?.tacs.length, 3);
});

test('the example uses every key of the section', () => {
  const { eir } = parsed(exampleCountry(CATALOGUE));
  assert.ok(eir !== undefined);
  for (const key of ['modes', 'regions', 'imsiRanges', 'imeiRanges', 'tacs'] as const)
    assert.ok(eir[key].length > 0, key);
  assert.ok(eir.roamers.homes.length > 0 && eir.override === undefined);
});

test('what changed is said by operator and day, and by range', () => {
  const before = parsed(
    withEir([
      'modes: [{ from: 2026-01-01, mode: permissive }]',
      "tacs: [{ tac: '35000000', list: tracked, reason: R }]",
    ]),
  );
  const after = parsed(
    withEir([
      'override: permitted',
      'roamers: { stay_days: 30 }',
      'modes: [{ from: 2026-01-01, mode: permissive, percentage: 50 }, { from: 2026-05-01, operator: alfa, mode: permissive }]',
    ]),
  );
  assert.deepEqual(changesBetween(before, after), [
    "The live register's roamers.stay_days changed from 90 to 30.",
    "The live register's override is set to permitted.",
    'The live register: the mode of alfa from 2026-05-01 was added.',
    'The live register, the mode of all operators from 2026-01-01: percentage changed from 100 to 50.',
    'The live register: the TAC 35000000 was removed.',
  ]);
  assert.deepEqual(changesBetween(parsed(), parsed(edited('retention_months: 6', 'eir:\nretention_months: 6'))), []);
});
