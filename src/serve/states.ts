import { PROPOSAL } from '../access/proposal.ts';
import { APPEAL } from '../cases/appeals/machine.ts';
import { HOLDS, THEFT } from '../cases/theft.ts';
import { TASK } from '../cases/traces/machine.ts';
import { FINDING } from '../devices/finding.ts';
import { LIFECYCLE } from '../devices/lifecycle.ts';
import { DISPUTE } from '../devices/persons/dispute.ts';
import { describeRegistration } from '../registration/describe.ts';
import { drawMachine } from '../states/draw.ts';

const HEAD = `# States

What can happen to a device, a case, a consignment and whatever else the register follows, who can bring it about, and what
has to be shown. The program goes by the same
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
    drawMachine('The task of a police unit', TASK),
    drawMachine('An appeal or complaint', APPEAL),
    drawMachine('A dispute: «this is not mine»', DISPUTE),
    drawMachine('A finding about a device', FINDING),
    describeRegistration(),
    drawMachine('A heavy act that two persons agree on', PROPOSAL),
  ].join('\n');
}
