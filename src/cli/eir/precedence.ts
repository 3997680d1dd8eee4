import { writeTable } from '../../decisions/core/describe.ts';
import { TABLE } from '../../decisions/core/precedence.ts';
import { Misused } from '../../faults/fault.ts';
import { answer } from '../context.ts';
import type { Act } from './act.ts';

export const precedence: Act = {
  name: 'precedence',
  usage: '',
  about: 'the order in which an answer is decided: the first row whose condition holds',
  options: {},
  examples: [['ceir eir precedence', 'why is this told, and not that?']],
  run: async (call) => {
    if (call.args.length > 0) throw new Misused('ceir eir precedence takes options only');
    answer(call, TABLE, writeTable);
    return 0;
  },
};
