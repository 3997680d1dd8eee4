import { Misused } from '../faults/fault.ts';
import { restore } from '../stores/restore.ts';
import type { Command } from './command.ts';
import { answer } from './context.ts';

function momentOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(moment.getTime())) return moment;
  throw new Misused(`--until must be a moment with its time zone, such as 2026-11-30T14:05:00Z, not «${text}»`);
}

export const command: Command = {
  name: 'restore',
  usage: 'BACKUP',
  about: `Brings a backup back into a new data folder; every file of it is checked first. With the archive of the
registry's log (ceir serve --archive) the registry goes on to a later moment: cases, registrations and accounts of after the
backup are there again, while imports and runs since are undone and their files are to be imported once more.`,
  options: {
    data: { type: 'string', value: 'DIR', about: 'the new data folder (default: $CEIR_DATA or ./ceir-data)' },
    keys: { type: 'string', value: 'DIR', about: 'where the keys of this register are' },
    archive: { type: 'string', value: 'DIR', about: "the archive of the registry's log" },
    until: { type: 'string', value: 'TIME', about: 'the last moment that is wanted (default: all the archive has)' },
  },
  examples: [
    ['ceir restore /srv/backups/2026-11-30 --keys /media/safe/keys --data new', 'as it was then'],
    [
      'ceir restore /srv/backups/2026-11-30 --keys keys --archive /srv/archive --until 2026-12-01T09:30:00Z --data new',
      'as it was at that moment',
    ],
  ],
  run: async (call) => {
    const [backup, ...more] = call.args;
    if (backup === undefined || more.length > 0) throw new Misused('ceir restore BACKUP: name one backup');
    const keys = call.text('keys');
    if (keys === undefined) throw new Misused('--keys DIR says where the keys of this register are');
    const [archive, until] = [call.text('archive'), momentOf(call.text('until'))];
    if (until !== undefined && archive === undefined) throw new Misused('--until needs --archive');
    const folder = call.text('data') ?? process.env['CEIR_DATA'] ?? 'ceir-data';
    const { manifest, undone } = await restore({ backup, folder, keys, archive, until });
    const said = { folder, backup: manifest.at, run: manifest.run, undone };
    answer(call, said, () =>
      [
        `${folder} is the register of ${until?.toISOString() ?? (archive === undefined ? manifest.at : 'the last piece of the archive')}.`,
        undone.length === 0
          ? 'No run was lost.'
          : `Runs since the backup are undone, import their files again: ${undone.join(', ')} (ceir runs names them).`,
        'Nodes of the live register start from a new feed folder: ceir lists --feed NEW, or ceir serve with a new one.',
      ].join('\n'),
    );
    return 0;
  },
};
