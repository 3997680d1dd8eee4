import { LIFECYCLE } from '../devices/lifecycle.ts';
import { drawMachine } from '../states/draw.ts';
import { HOLDS, THEFT } from './theft.ts';

const HEAD = `# States

What can happen to a device and to a case, who can bring it about, and what has to be shown. The program goes by the same
tables: this page is written from them by \`scripts/states.ts\`.
`;

/** The page \`docs/states.md\`. */
export function describeStates(): string {
  const holds = Object.entries(HOLDS).map(([state, hold]) => `| ${state} | ${hold} |`);
  return [
    HEAD,
    drawMachine('The life of a device', LIFECYCLE),
    drawMachine('A case of theft or loss', THEFT),
    'What the networks do with the device meanwhile:',
    '',
    '| state | hold |',
    '| --- | --- |',
    ...holds,
    '',
  ].join('\n');
}
