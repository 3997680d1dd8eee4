// A centre of a test in a process of its own, to be killed while it builds. Words: the feed folder.
import { startCentre } from '../../../src/eir/centre/centre.ts';
import { NODES } from './ground.ts';

const [folder = ''] = process.argv.slice(2);
await startCentre({
  folder,
  host: '127.0.0.1',
  port: 0,
  nodes: NODES,
  count: (name) => void process.send?.(name),
  snapshots: { changes: 100, everyMs: 50 },
});
process.on('disconnect', () => process.exit(0));
