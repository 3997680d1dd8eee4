// A node of a test: a process that follows a centre and does nothing else, to be killed. Words: URL, token, folder.
import { Follower } from '../../../src/eir/follow/follower.ts';

const [url = '', token = '', folder = ''] = process.argv.slice(2);
const follower = await Follower.start({
  centre: { url, token },
  folder,
  count: () => undefined,
  rebuild: { changes: 3000, share: 0 },
  times: { waitMs: 10, waitMostMs: 100, reportMs: 10 },
});
process.send?.({ applied: follower.status.applied.blocked });
setInterval(() => process.send?.({ applied: follower.status.applied.blocked }), 20);
process.on('disconnect', () => process.exit(0));
