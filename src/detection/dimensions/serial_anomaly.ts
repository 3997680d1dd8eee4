import type { Parameters } from '../../country/parameter.ts';
import { isImei, tacOf } from '../../stores/schema.ts';
import { type Context, type Dimension, surveyKey, within } from '../dimension.ts';
import { numberOf } from '../given.ts';
import { seenKeys } from '../seen.ts';
import { BLOCK, blocks, constants, judgeAll, PARTS, type Verdict, verdictsOf } from '../serial.ts';

/** Which of a TAC's figures speak against it, as engine predicates over its verdict. */
const charges = (parameters: Parameters): { readonly even: string; readonly full: string } => ({
  even: `devices <= ${mostOf(parameters)} AND dispersion <= ${numberOf(parameters, 'max_dispersion')}`,
  full: `length(full) >= ${numberOf(parameters, 'min_blocks')}`,
});

/** The same of a verdict in hand. */
const isCharged = (parameters: Parameters, { devices, dispersion, full }: Verdict): boolean =>
  (devices <= mostOf(parameters) && dispersion <= numberOf(parameters, 'max_dispersion')) ||
  full.length >= numberOf(parameters, 'min_blocks');

const mostOf = (parameters: Parameters): number => numberOf(parameters, 'max_share') * 1_000_000;

const limitsOf = (parameters: Parameters) => ({
  devices: numberOf(parameters, 'min_devices'),
  fill: Math.ceil(numberOf(parameters, 'min_fill') * BLOCK),
});

/** The TACs that are judged: where few identifiers are measured, theirs alone, but each with all its identifiers. */
function judged(context: Context): Context {
  const all = { ...context, scope: '1' };
  if (context.scope === '1') return within(all, isImei());
  const few = `SELECT ${tacOf()} FROM ${seenKeys(within(context, isImei()))}`;
  return within(all, `${isImei()} AND ${tacOf()} IN (${few})`);
}

/** Serial numbers that no factory gives out so. */
export const serialAnomaly: Dimension = {
  name: 'serial_anomaly',
  clause: 'ours; ITU-T Q.5052 §9',
  about: `Of the 1,000,000 serial numbers of each TAC, those of all identifiers seen up to the analysis day are looked at; nothing is concluded of a TAC with fewer than min_devices. Factories give numbers out in lots, and lots are sold together, so that what a country sees of a TAC lies in clusters. Two patterns are unlike that. Even: over ${PARTS} equal parts of the range the counts vary no more than chance alone would let them (index of dispersion, the variance of the counts over their mean, at most max_dispersion; chance alone gives 1, and more than 1.5 about once in 2,000 TACs, while lots of ten sold together give about 10), as with a tool that draws or spreads numbers over the range; every identifier of the TAC matches. It is not tried of a TAC of which more than max_share of the range is in use, since a full range is even by itself. Full: at least min_blocks blocks of ${BLOCK} consecutive numbers, beginning at a multiple of ${BLOCK}, are in use to min_fill of their numbers, as with a tool that counts up: of a sold lot some devices are always lost, off or abroad; the identifiers in those blocks match. Limits, honestly: devices of a model that came in one by one from everywhere (travellers, small traders) look even; a lot whose devices are all in use (meters, vehicles) looks full; genuine and forged numbers mixed in one TAC hide each other. It is a hint for people and for conditions that ask for more (not registered, too many subscriptions), not proof by itself.`,
  parameters: {
    min_devices: {
      kind: 'integer',
      min: 200,
      max: 1_000_000,
      default: 500,
      unit: 'identifiers',
      about: 'TACs with fewer are left alone',
    },
    max_dispersion: { kind: 'number', min: 0, max: 5, default: 1.5, about: 'as evenly spread or more evenly matches' },
    max_share: {
      kind: 'number',
      min: 0,
      max: 1,
      default: 0.01,
      about: 'share of the range in use up to which evenness says anything',
    },
    min_fill: {
      kind: 'number',
      min: 0.5,
      max: 1,
      default: 0.98,
      about: 'share of a block in use from which on it is full',
    },
    min_blocks: {
      kind: 'integer',
      min: 1,
      max: 10_000,
      default: 5,
      unit: 'blocks',
      about: 'full blocks of a TAC from which on they match',
    },
  },
  yields: {
    devices: 'identifiers of the TAC',
    dispersion: 'index of dispersion of their serial numbers',
    full_blocks: 'full blocks of the TAC',
    in_full_block: '1 when the identifier is in one of them',
  },
  universe: 'seen',
  reads: 'events',
  measure: (parameters, context) => {
    const own = verdictsOf(blocks(judged(context)), limitsOf(parameters));
    const verdicts = context.surveys?.[surveyKey('serial_anomaly', parameters)] ?? own;
    const { even, full } = charges(parameters);
    const keys = `(SELECT imei, ${tacOf()} AS tac, toUInt16(intDiv(imei % 1000000, ${BLOCK})) AS block FROM ${seenKeys(within(context, isImei()))} GROUP BY imei)`;
    return {
      rows: `SELECT k.imei AS imei, k.block AS block, v.devices AS devices, v.dispersion AS dispersion, v.full AS full FROM ${keys} AS k INNER JOIN ${verdicts} AS v ON v.tac = k.tac`,
      matched: `(${even}) OR (${full} AND has(full, block))`,
      evidence: {
        devices: 'devices',
        dispersion: 'round(dispersion, 3)',
        full_blocks: 'toUInt32(length(full))',
        in_full_block: 'toUInt8(has(full, block))',
      },
    };
  },
  survey: async (analytics, parameters, context) => {
    const everything = within({ ...context, scope: '1' }, isImei());
    const verdicts = await judgeAll(analytics, everything, limitsOf(parameters));
    return constants(verdicts.filter((verdict) => isCharged(parameters, verdict)));
  },
  absent: 'The serial numbers of the TAC show nothing, or the device lies in no block of them.',
  sentence: ({ devices, dispersion, full_blocks, in_full_block }, parameters) =>
    `Of this TAC ${devices} identifiers are in use; their serial numbers have an index of dispersion of ${dispersion} (up to ${numberOf(parameters, 'max_dispersion')} is as even as chance), and ${full_blocks} blocks of ${BLOCK} are full${Number(in_full_block) === 1 ? ', this one’s among them' : ''}.`,
};
