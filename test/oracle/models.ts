import type { Dice } from './random.ts';

/** A row of the TAC file. */
export type Model = {
  readonly tac: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly bands: string;
  readonly type: string;
  readonly allocated: string;
};

const BANDS = [
  'GSM 900, GSM 1800',
  'GSM 900, WCDMA FDD Band I',
  'GSM 1800, WCDMA FDD Band VIII, LTE FDD BAND 3',
  'LTE FDD BAND 20, LTE FDD BAND 7',
  'GSM 900, WCDMA FDD Band I, LTE FDD BAND 3, 5G NR n78',
  'NR n78',
  '',
];
const TYPES = ['Smartphone', 'Mobile Phone/Feature phone', 'Modem', 'Vehicle', 'IoT Device', ''];

const row = (parts: Partial<Model> & { readonly tac: string }): Model => ({
  manufacturer: 'Acme',
  model: `M${parts.tac}`,
  bands: 'GSM 900',
  type: 'Smartphone',
  allocated: '01-Feb-2015',
  ...parts,
});

/** TACs whose serial numbers are given out in ways of their own, see devices.ts. */
export const SERIAL_TACS = ['35700001', '35700002', '35700003', '35700004', '35700005'] as const;

/** TACs in no file, of reporting bodies with lags of their own and without. */
export const UNALLOCATED = [
  '35999991',
  '01999992',
  '86999993',
  '91999994',
  '99999995',
  '12999996',
  '00999997',
] as const;

/** Prefixes that networks are tested with. */
export const TEST_TACS = ['00100101', '00101701', '00440001', '00860001', '00910001'] as const;

/** The TACs that bear ordinary devices, with one model spread over TACs of different bands, and models without names. */
export function models(random: Dice): readonly Model[] {
  const bodies = ['35', '86', '01', '91', '99', '00'];
  const plain = Array.from({ length: 40 }, (_, at) =>
    row({
      tac: `${bodies[at % bodies.length]}${String(100_000 + at * 7)}`,
      manufacturer: ['Acme', 'Globex', 'Initech'][at % 3] ?? '',
      model: `M${at % 25}`,
      bands: random.pick(BANDS),
      type: random.pick(TYPES),
      allocated: random.pick(['01-Feb-2015', '15-Jan-2024', '']),
    }),
  );
  return [
    ...plain,
    row({ tac: '35200001', manufacturer: '', model: 'Nameless', bands: 'GSM 900' }),
    row({ tac: '35200002', manufacturer: 'Acme', model: '', bands: 'LTE FDD BAND 3' }),
    row({ tac: '35200003', manufacturer: '', model: '', bands: 'GSM 900' }),
    row({ tac: '35300001', model: 'Split', bands: 'GSM 900' }),
    row({ tac: '35300002', model: 'Split', bands: 'LTE FDD BAND 3' }),
    row({ tac: '35300003', model: 'Split', bands: '' }),
    ...SERIAL_TACS.map((tac) => row({ tac, model: `Serial ${tac}`, bands: '' })),
    row({ tac: '00100102', model: 'Tester' }),
  ];
}
