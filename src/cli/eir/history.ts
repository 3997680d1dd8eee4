import { Misused } from '../../faults/fault.ts';
import { STORE } from '../command.ts';
import { answer, withStore } from '../context.ts';
import type { Act } from './act.ts';

export const history: Act = {
  name: 'history',
  usage: 'IMEI',
  about: 'what networks asked of one equipment, and were told: first use, changes of SIM, hits (ceir import checks)',
  options: { ...STORE },
  examples: [['ceir eir history 49015420323751', 'from the checks that were taken in']],
  run: async (call) => {
    const [imei, ...more] = call.args;
    if (imei === undefined || more.length > 0 || !/^\d{14,16}$/.test(imei))
      throw new Misused('ceir eir history IMEI: name one IMEI of 14, 15 or 16 digits');
    const { historyOf, writeHistory } = await import('../../eir/events/history.ts');
    const found = await withStore(call, (store) => historyOf(store, imei.slice(0, 14)));
    answer(call, found, () => writeHistory(found));
    return 0;
  },
};
