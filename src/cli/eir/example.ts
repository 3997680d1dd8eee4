import { EXAMPLE } from '../../eir/node/example.ts';
import { Misused } from '../../faults/fault.ts';
import type { Act } from './act.ts';

export const example: Act = {
  name: 'example',
  usage: '',
  about: 'writes a node file to begin with',
  options: {},
  examples: [['ceir eir example > node.yaml', 'then change what is in it']],
  run: async (call) => {
    if (call.args.length > 0) throw new Misused('ceir eir example takes no words');
    process.stdout.write(EXAMPLE);
    return 0;
  },
};
