import { appendFileSync } from 'node:fs';
import { sendDue } from '../../src/notices/sender.ts';
import { openRegistry } from '../../src/stores/registry.ts';
import { openVault } from '../../src/vault/open.ts';
import { fakeChannel } from './channel.ts';
import { countryOf, NOW } from './ground.ts';

// A sender in a process of its own that is killed right after its channel has taken the first notices, and before anything
// of that is recorded. What the channel took stands in a file.

const [, , url = '', folder = '', file = ''] = process.argv;
const registry = await openRegistry({ connectionString: url });
const vault = await openVault(registry, { folder });
const channel = fakeChannel();
channel.send = async (batch) => {
  for (const { id, to } of batch) appendFileSync(file, `${JSON.stringify({ id, to })}\n`);
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
await sendDue(registry, { vault, policy: countryOf(), channel, now: NOW, most: 2 });
