import { GENERATIONS, generationsSeen } from '../../observations/rat.ts';
import type { Context, Dimension } from '../dimension.ts';
import { carriers } from '../seen.ts';
import { listed } from '../usage.ts';

/** Engine query: what each TAC's model can do, as `tac, able` (bits of GENERATIONS); only models of which it is stated. */
const abilities = ({ date }: Context): string => `(
  SELECT tac, groupBitOr(generations) OVER (PARTITION BY maker, type) AS able
  FROM (
    SELECT tac, generations, lowerUTF8(trimBoth(manufacturer)) AS maker, lowerUTF8(trimBoth(model)) AS type
    FROM tac WHERE ${listed(date)}
  ) WHERE maker != '' AND type != ''
)`;

/** Engine expression: generations as text, `2G 4G`. */
const names = (generations: string): string =>
  `arrayStringConcat(arrayFilter(name -> name != '', [${GENERATIONS.map(({ generation, bit }) => `if(bitAnd(${generations}, ${1 << bit}) != 0, '${generation}G', '')`).join(', ')}]), ' ')`;

/** A device that uses what its model cannot. */
export const unexpectedTechnology: Dimension = {
  name: 'unexpected_technology',
  clause: 'ITU-T Q.5052 §9.1',
  about:
    'The identifier was seen, up to the analysis day, on a generation of mobile networks (2G to 5G) that its model lacks. What a model can do is what all TACs of the same manufacturer and model (letter case and outer spaces aside) state together; TACs without either name, and models of which nothing is stated, are skipped. WLAN, GAN, virtual and 3GPP2 or IEEE access tell of no generation. Technologies are kept by the month: those of the analysis day’s month may include later days of it.',
  parameters: {},
  yields: {
    tac: 'the TAC',
    unexpected: 'generations seen that the model lacks',
    observed: 'generations seen',
    able: 'generations of the model',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (_, context) => {
    const able = abilities(context);
    const known = (tac: string): string => `${tac} IN (SELECT tac FROM ${able} WHERE able != 0)`;
    const used = carriers(context, known, `groupBitOr(s.rats) AS rats`);
    return {
      rows: `SELECT u.imei AS imei, u.head AS head, toUInt8(${generationsSeen('u.rats')}) AS observed, a.able AS able, bitAnd(observed, bitNot(able)) AS unexpected FROM ${used} AS u INNER JOIN ${able} AS a ON a.tac = u.tac`,
      matched: 'unexpected != 0',
      evidence: {
        tac: 'head',
        unexpected: names('unexpected'),
        observed: names('observed'),
        able: names('able'),
      },
    };
  },
  absent: 'Nothing was seen that the model could lack, or the capabilities of the model are not known.',
  sentence: ({ tac, unexpected, observed, able }) =>
    unexpected === ''
      ? `The model behind the TAC ${tac} can do ${able}; nothing else was seen.`
      : `The identifier was seen on ${unexpected} (in all: ${observed}), but the model behind the TAC ${tac} can only do ${able}.`,
};
