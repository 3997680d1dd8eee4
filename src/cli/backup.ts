import { Misused } from '../faults/fault.ts';
import { backUp } from '../stores/backup.ts';
import { type Command, STORE } from './command.ts';
import { answer, withStore } from './context.ts';

export const command: Command = {
  name: 'backup',
  usage: 'OUT',
  about: `Makes a backup of both embedded stores in the new folder OUT, while the register goes on. The keys that open what
is sealed are not in it: name another place for them, or keep the files pseudonym.key and vault.keys of the data folder
yourself; without them no backup can be read. How to bring it back: docs/backup.md.`,
  options: {
    keys: { type: 'string', value: 'DIR', about: 'copy the keys into this new folder, which belongs elsewhere' },
    ...STORE,
  },
  examples: [
    ['ceir backup /srv/backups/2026-11-30', 'the stores alone'],
    ['ceir backup /srv/backups/2026-11-30 --keys /media/safe/keys-2026-11-30', 'and the keys, in another place'],
  ],
  run: async (call) => {
    const [out, ...more] = call.args;
    if (out === undefined || more.length > 0) throw new Misused('ceir backup OUT: name one new folder');
    const keys = call.text('keys');
    const { at, run, files } = await withStore(call, (store) => backUp(store, { out, keys, now: new Date() }));
    const bytes = Object.values(files).reduce((sum, [size]) => sum + size, 0);
    const said = { at, run, files: Object.keys(files).length, bytes };
    answer(call, said, () =>
      [
        `${said.files} files, ${Math.ceil(bytes / 2 ** 20)} MiB, as of ${at}, up to run ${run}.`,
        keys === undefined ? 'The keys are not in it: keep pseudonym.key and vault.keys elsewhere.' : `Keys: ${keys}`,
      ].join('\n'),
    );
    return 0;
  },
};
