import { checkDevice, type ModelFacts } from '../../../devices/checks.ts';
import { type Imei, tacOf } from '../../../identifiers/imei.ts';
import { isTestTac, type Tac } from '../../../identifiers/tac.ts';
import type { Known, Model } from '../../knowledge.ts';
import type { Declared, PlacedImei } from './declared.ts';
import type { RowCode, RowFault } from './row_fault.ts';

/** Why something is no good, without where it stands. */
type Why = Pick<RowFault, 'code' | 'reason' | 'remedy'>;

/** What holds of all devices of a TAC: the same for each row. */
export type TacVerdict = { readonly model: Model | undefined; readonly why: Why | undefined };

/** Under what a TAC is judged. */
export type TacTerms = {
  readonly model: Model | undefined;
  /** It has a certificate that counts, or needs none. */
  readonly approved: boolean;
  /** The importer acts for one of these names of a brand. */
  readonly actsFor: (brand: string) => boolean;
};

/** Judges a TAC: the first of what is wrong, since the rest would only follow from it. */
export function judgeTac(tac: Tac, { model, approved, actsFor }: TacTerms): TacVerdict {
  if (isTestTac(tac)) return { model, why: WHY.test(tac) };
  if (model === undefined) return { model, why: WHY.unknown(tac) };
  if (!actsFor(model.brand) && !actsFor(model.manufacturer)) return { model, why: WHY.brand(model.brand) };
  return { model, why: approved ? undefined : WHY.approval(tac) };
}

const WHY = {
  test: (tac: Tac): Why => ({
    code: 'ROW_TEST_TAC',
    reason: `The TAC ${tac} is of a range kept for tests.`,
    remedy: 'Such devices are not for sale; take the row out.',
  }),
  unknown: (tac: Tac): Why => ({
    code: 'ROW_TAC',
    reason: `The TAC ${tac} was not allocated on the day of the declaration.`,
    remedy: 'Compare it with the maker’s papers; if it is new, wait until the list of TACs has it.',
  }),
  brand: (brand: string): Why => ({
    code: 'ROW_BRAND',
    reason: `The model is of the brand ${brand === '' ? '(unknown)' : brand}, which you do not act for.`,
    remedy: 'Ask the regulator to enter the brand, with the maker’s authorisation.',
  }),
  approval: (tac: Tac): Why => ({
    code: 'ROW_APPROVAL',
    reason: `No certificate of type approval for the TAC ${tac} counts on the day of the declaration.`,
    remedy: 'Have the model approved first.',
  }),
  imeis: (declared: number, most: number): Why => ({
    code: 'ROW_IMEI_COUNT',
    reason: `The device has ${declared} IMEIs, more than the ${most} that are possible.`,
    remedy: 'Let each device have its own row, or its own device_id.',
  }),
  count: (code: RowCode, reason: string): Why => ({
    code,
    reason,
    remedy: 'Compare it with what the device shows for *#06#: one IMEI for each slot, all of the same model.',
  }),
} as const;

/** What a device shows by itself, with the verdicts on its TACs. */
export function judgeDevice(
  declared: Declared,
  { verdicts, maxImeis }: { readonly verdicts: ReadonlyMap<Tac, TacVerdict>; readonly maxImeis: number },
): readonly RowFault[] {
  const { imeis } = declared;
  const [first] = imeis;
  if (first === undefined) return [];
  if (imeis.length > maxImeis) return [placed(first, WHY.imeis(imeis.length, maxImeis))];
  const faults: RowFault[] = [];
  const models = new Map<Tac, ModelFacts>();
  for (const one of imeis) {
    const tac = tacOf(one.imei);
    if (models.has(tac)) continue;
    const { model, why } = verdicts.get(tac) ?? { model: undefined, why: undefined };
    models.set(tac, model ?? UNKNOWN);
    if (why !== undefined) faults.push(placed(one, why));
  }
  const identifiers = imeis.map(({ imei }) => ({ kind: 'imei', imei }) as const);
  for (const { kind, evidence } of checkDevice({ id: '', identifiers }, models, { whole: true })) {
    if (kind === 'two_models') faults.push(placed(first, WHY.count('ROW_TWO_MODELS', modelsSay(evidence['models']))));
    if (kind === 'too_few_imeis' || kind === 'too_many_imeis')
      faults.push(placed(first, WHY.count('ROW_IMEI_COUNT', countSays(evidence))));
  }
  return faults;
}

const UNKNOWN: ModelFacts = { manufacturer: '', model: '' };

const modelsSay = (models: unknown): string =>
  `Its IMEIs are of different models: ${Array.isArray(models) ? models.join(', ') : ''}.`;

const countSays = ({ declared, least, most }: Readonly<Record<string, unknown>>): string =>
  `The device is declared with ${declared} IMEI(s); its model has ${least === most ? most : `${least} to ${most}`}.`;

const placed = ({ imei, row, field }: PlacedImei, why: Why): RowFault => ({ row, field, value: imei, ...why });

/** What others know of the identifiers of a batch. */
export type Elsewhere = {
  readonly known: ReadonlyMap<Imei, Known>;
  /** In another consignment or in stock: IMEIs and EIDs. */
  readonly declared: ReadonlySet<string>;
  /** Of a device that the register knows. */
  readonly registered: ReadonlySet<Imei>;
  /** With an open report of theft or loss, or a block of another reason. */
  readonly held: ReadonlyMap<Imei, 'stolen' | 'barred'>;
};

/** What others know of the identifiers of a device, the worst first; one fault an identifier. */
export function judgeElsewhere({ imeis, eid, row }: Declared, elsewhere: Elsewhere): readonly RowFault[] {
  const faults = imeis.flatMap((one) => {
    const why = whyElsewhere(one.imei, elsewhere);
    return why === undefined ? [] : [placed(one, why)];
  });
  if (eid === undefined || !elsewhere.declared.has(eid)) return faults;
  return [...faults, { row, field: 'eid', value: eid, ...ELSEWHERE.declared }];
}

function whyElsewhere(imei: Imei, { known, declared, registered, held }: Elsewhere): Why | undefined {
  const its = known.get(imei);
  if (its?.stolen === true || held.get(imei) === 'stolen') return ELSEWHERE.stolen;
  if (its?.barred === true || held.get(imei) === 'barred') return ELSEWHERE.barred;
  if (declared.has(imei)) return ELSEWHERE.declared;
  if (its?.seen === true) return ELSEWHERE.inUse;
  return registered.has(imei) ? ELSEWHERE.registered : undefined;
}

const ELSEWHERE = {
  stolen: {
    code: 'ROW_STOLEN',
    reason: 'The IMEI is reported lost or stolen.',
    remedy: 'Take the device out of the consignment and tell the police.',
  },
  barred: {
    code: 'ROW_BARRED',
    reason: 'The IMEI or its model is barred.',
    remedy: 'Ask the regulator why; the device cannot be brought in meanwhile.',
  },
  declared: {
    code: 'ROW_DECLARED',
    reason: 'The identifier is in another consignment or in stock already.',
    remedy: 'Ask your supplier which delivery the device is of; the regulator has been told.',
  },
  inUse: {
    code: 'ROW_IN_USE',
    reason: 'Networks have seen the IMEI already.',
    remedy: 'A new device is not in use: ask your supplier for its origin.',
  },
  registered: {
    code: 'ROW_REGISTERED',
    reason: 'The IMEI is of a device that is registered already.',
    remedy: 'A device is declared once; if it comes back into the country, ask the regulator.',
  },
} as const satisfies Record<string, Why>;
