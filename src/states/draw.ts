import type { Machine } from './machine.ts';

type Drawn = Machine<string, string, string>;

/** A state machine as a Mermaid state diagram; what stands on the arrows are the events. */
function picture({ states, begins, moves }: Drawn): readonly string[] {
  const arrows = [
    ...begins.map(({ event, to }) => ['[*]', to, event] as const),
    ...moves.flatMap(({ from, event, to }) => from.map((one) => [one, to, event] as const)),
  ];
  const events = new Map<string, string[]>();
  for (const [from, to, event] of arrows) {
    const beside = events.get(`${from} --> ${to}`);
    if (beside === undefined) events.set(`${from} --> ${to}`, [event]);
    else if (!beside.includes(event)) beside.push(event);
  }
  const ends = Object.keys(states).filter((state) => !moves.some(({ from }) => from.includes(state)));
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...[...events].map(([arrow, on]) => `  ${arrow}: ${on.join(', ')}`),
    ...ends.map((state) => `  ${state} --> [*]`),
    '```',
  ];
}

const cell = (text: string | undefined): string => (text ?? '').replaceAll('|', '\\|');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
];

/** One machine for the documents: its picture, its states, and who may do what when. */
export function drawMachine(title: string, machine: Drawn): string {
  const rows = [...machine.begins.map((move) => ({ ...move, from: ['(begins)'] })), ...machine.moves].map(
    ({ from, event, to, who, needs, finding }) => [
      event,
      from.join(', '),
      to,
      who.join(', '),
      [needs, finding === undefined ? undefined : `finding: ${finding}`]
        .filter((part) => part !== undefined)
        .join('; '),
    ],
  );
  return [
    `## ${title}`,
    '',
    ...picture(machine),
    '',
    ...table(['state', 'meaning'], Object.entries(machine.states)),
    '',
    ...table(['event', 'from', 'to', 'who', 'needs'], rows),
    '',
  ].join('\n');
}
