import { boundsOf } from '../country/dimension.ts';
import type { ParameterSpec } from '../country/parameter.ts';
import { DIMENSIONS } from './catalogue.ts';
import type { Dimension } from './dimension.ts';

const HEAD = `# Dimensions

A condition of the country file is an AND of dimensions; each is one test over identifiers, here with its rule, its
parameters and the evidence it yields. This page is written from the catalogue by \`describe()\` of
\`src/detection/describe.ts\`.

- The analysis day is the last day whose data count. A window of days or calendar months ends with it and is exact to the
  day; months are counted back from the day after it.
- An identifier is the first 14 digits of an IMEI, or a value that begins with no 14 digits (malformed). It has been
  *seen* when a network reported it on any day up to the analysis day, also in months that are no longer kept.
- Lists are taken as they are known now and were valid on the analysis day.
- \`not: true\` inverts a dimension: it then holds of identifiers that have been seen and do not match it.
- An operator's data are never left out because of who the operator is: use on all operators counts together.
`;

const parameterLine = ([name, spec]: readonly [string, ParameterSpec]): string => {
  const otherwise = spec.default === undefined ? '' : `, default ${JSON.stringify(spec.default)}`;
  return `| \`${name}\` | ${boundsOf(spec)}${otherwise} | ${spec.about} |`;
};

const evidenceLine = ([name, about]: readonly [string, string]): string => `| \`${name}\` | ${about} |`;

function section(dimension: Dimension): string {
  const parameters = Object.entries(dimension.parameters);
  const groups = (dimension.exactlyOne ?? []).map((names) => names.map((name) => `\`${name}\``).join(', '));
  const universe =
    dimension.universe === 'seen' ? 'identifiers that have been seen' : 'listed identifiers, seen or not';
  const table =
    parameters.length === 0
      ? ['It takes no parameters.']
      : ['| parameter | values | meaning |', '| --- | --- | --- |', ...parameters.map(parameterLine)];
  return [
    `## ${dimension.name}`,
    `${dimension.clause}. Holds of ${universe}.`,
    dimension.about,
    table.join('\n'),
    ...groups.map((names) => `Of ${names} at most one is given; one is needed unless one has a default.`),
    ['| evidence | meaning |', '| --- | --- |', ...Object.entries(dimension.yields).map(evidenceLine)].join('\n'),
  ].join('\n\n');
}

/** The page `docs/dimensions.md`. */
export const describe = (): string => `${[HEAD.trimEnd(), ...DIMENSIONS.map(section)].join('\n\n')}\n`;
