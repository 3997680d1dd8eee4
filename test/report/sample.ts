import type { Day } from '../../src/calendar/day.ts';
import type { Report } from '../../src/report/report.ts';

const day = (text: string): Day => text as Day;

/** What a page must not take for markup; a model of that name is possible. */
export const HOSTILE = `<script>alert("1")</script> & 'x' {y}`;

/** A report made by hand, small but with every part. */
export const SAMPLE: Report = {
  devices: 2000,
  days: { first: day('2026-09-01'), last: day('2026-10-31') },
  figures: {
    country: 'Freedonia',
    date: day('2026-11-01'),
    imeis: 2100,
    malformed: 11,
    imports: [
      { operator: 'alfa', rows: 1_234_567, imported: 1_234_560, quarantined: 7 },
      { operator: 'bravo', rows: 20, imported: 20, quarantined: 0 },
    ],
    reasons: [
      { reason: 'wrong number of columns', rows: 5 },
      { reason: HOSTILE, rows: 2 },
    ],
    references: [{ kind: 'barred_tac', rows: 3 }],
    conditions: [
      { label: 'stolen', reason: HOSTILE, effect: 'blocked', open: 12, blocked: 5, grace: 4, amnesty: 3 },
      { label: 'test_tac', reason: 'Reserved', effect: 'tracked', open: 2, blocked: 0, grace: 0, amnesty: 0 },
      {
        label: 'other_owner',
        reason: 'Not the owner',
        effect: 'informative',
        open: 0,
        blocked: 0,
        grace: 0,
        amnesty: 0,
      },
      { label: 'own_rule', reason: 'Ours', effect: 'tracked', open: 77, blocked: 0, grace: 0, amnesty: 0 },
      {
        label: 'not_registered',
        reason: 'Not registered',
        effect: 'blocked',
        open: 0,
        blocked: 0,
        grace: 0,
        amnesty: 0,
      },
    ],
    lists: [
      { list: 'blocked', operator: '', rows: 5 },
      { list: 'exceptions', operator: 'alfa', rows: 1 },
      { list: 'exceptions', operator: 'bravo', rows: 0 },
      { list: 'notifications', operator: 'alfa', rows: 40 },
      { list: 'notifications', operator: 'bravo', rows: 2 },
    ],
    sharing: [
      { from: 1, to: 1, identifiers: 2000 },
      { from: 2, to: 2, identifiers: 0 },
      { from: 3, to: 4, identifiers: 111 },
    ],
    blocks: [
      { day: day('2026-11-01'), identifiers: 5 },
      { day: day('2026-12-01'), identifiers: 4 },
    ],
    undated: 3,
    generations: [
      { operator: 'alfa', generation: 0, identifiers: 0 },
      { operator: 'alfa', generation: 4, identifiers: 1500 },
      { operator: 'bravo', generation: 5, identifiers: 500 },
    ],
    models: [
      { brand: 'Acme', name: HOSTILE, seen: 20, listed: 10 },
      { brand: '', name: '', seen: 2, listed: 2 },
    ],
  },
  accuracy: [
    { label: 'stolen', sought: ['stolen'], actual: 13, found: 12, hits: 11, example: '35000000000001' },
    { label: 'test_tac', sought: ['test_tac'], actual: 0, found: 2, hits: 0, example: undefined },
    { label: 'other_owner', sought: ['other_uid'], actual: 4, found: 0, hits: 0, example: undefined },
  ],
  refused: [{ label: 'not_registered', message: 'It matches too many.' }],
  steps: [
    { name: 'simulate', seconds: 1.25 },
    { name: 'classify', seconds: 2.5 },
  ],
  places: {
    folder: '/somewhere/demo',
    country: 'country/country.yaml',
    truth: 'country/truth.csv',
    data: 'data',
    lists: 'lists/lists_1_20261101',
    report: 'report.html',
  },
};
