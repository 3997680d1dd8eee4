import { drawMachine } from '../states/draw.ts';
import type { Action } from './actions/action.ts';
import { HEAVY } from './actions/heavy.ts';
import { ACTION_NAMES, ACTIONS } from './actions.ts';
import { ROLES, type Role } from './actor.ts';
import { PROPOSAL } from './proposal.ts';

const HEAD = `# Who may do what

Every act on the register is one of these, and every route of the interface names the one that it is. The program goes by
the same table: this page is written from \`src/access/actions.ts\` by \`scripts/actions.ts\`.

- **●** may; **own** reaches only what is theirs: what the citizen brought in, what the organisation or the police unit
  has. Police without a unit are the national level and reach what all units have.
- **anybody**: also who did not sign in.
- **two persons**: needs an approval of the kind that is named; the kinds stand below.
- **logged**: opens personal data; each time is recorded with its purpose, and counts against the quota of who reads.

The auditor reads everything and changes nothing. \`system\` is the register itself: its clock, and what networks report.
Accounts of an organisation have its role; those of the regulator are analyst, approver and admin, or auditor and nothing
else. Nobody becomes approver or admin by one person alone.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

function mark({ roles, own = [] }: Action, role: Role): string {
  if (!roles.includes(role)) return '';
  return own.includes(role) ? 'own' : '●';
}

function notes({ open, heavy, personal, effect }: Action): string {
  const parts = [
    open === true ? 'anybody' : '',
    effect === 'self' ? 'one’s own sign-in' : '',
    heavy === undefined ? '' : `two persons: ${heavy}`,
    personal === true ? 'logged' : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function actionTable(effect: Action['effect']): readonly string[] {
  const names = ACTION_NAMES.filter((name) => ACTIONS[name].effect === effect);
  const head = ['act', 'what', ...ROLES, ''];
  return [
    row(head),
    row(head.map(() => '---')),
    ...names.map((name) => {
      const action = ACTIONS[name];
      return row([`\`${name}\``, action.about, ...ROLES.map((role) => mark(action, role)), notes(action)]);
    }),
  ];
}

/** The page `docs/access.md`. */
export function describeAccess(): string {
  const kinds = Object.entries(HEAVY).map(([kind, { about, proposers, approvers, needed }]) =>
    row([`\`${kind}\``, about, proposers.join(', '), approvers.join(', '), String(needed)]),
  );
  return [
    HEAD,
    '## What changes the register',
    '',
    ...actionTable('write'),
    '',
    '## What reads',
    '',
    ...actionTable('read'),
    '',
    '## What is about the own sign-in',
    '',
    ...actionTable('self'),
    '',
    '## What takes two persons',
    '',
    row(['kind', 'what', 'proposes', 'approves', 'approvals']),
    row(['---', '---', '---', '---', '---']),
    ...kinds,
    '',
    'Whoever approves is another person than the proposer, and not the one whom it is about; of two approvals each is by',
    'another person. What is approved is the payload, by its hash; it is used once, in the transaction of the act.',
    '',
    drawMachine('A proposal', PROPOSAL),
  ].join('\n');
}
