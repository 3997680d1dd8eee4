import { FAULT_CODES } from './codes.ts';

const HEAD = `# Codes

With \`--json\` a command that is refused writes one line to standard error:
\`{"faults":[{"code","message","remedy","file","line","column","field"}]}\`. The first three are always there, the others
where they apply; \`line\` and \`column\` count from 1. Scripts go by \`code\`: once released, a code keeps its meaning, while
messages may be reworded. Without \`--json\` the code stands in brackets behind the message.

The exit code is 0 when it is done, 1 when it was refused for one of these reasons, 2 when the command was called wrongly;
then the line is \`{"misused":"…"}\`. A command that has to wait for another one on its data folder says so in a line
\`{"waiting":"…"}\` first.

This page is written from the table in \`src/faults/codes.ts\` by \`describe()\` of \`src/faults/describe.ts\`.
`;

/** The page `docs/codes.md`. */
export function describe(): string {
  const lines = Object.entries(FAULT_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `${HEAD}\n| code | meaning |\n| --- | --- |\n${lines.join('\n')}\n`;
}
