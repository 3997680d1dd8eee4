import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Misused } from '../faults/fault.ts';

/** An option of a verb, as `--help` explains it. */
export type Option = {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly short?: string;
  /** What stands for the value in the help text. */
  readonly value?: string;
  readonly about: string;
};

/** What a verb was called with. */
export type Call = {
  readonly args: readonly string[];
  readonly text: (name: string) => string | undefined;
  readonly texts: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
};

/** One verb of the command line. */
export type Command = {
  readonly name: string;
  /** What follows the name: `KIND FILE…`. */
  readonly usage: string;
  readonly about: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Lines a user can copy, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Resolves to the exit code. */
  readonly run: (call: Call) => Promise<number>;
};

/** Every verb takes these. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', about: 'answer in JSON on standard output, faults too (codes: docs/codes.md)' },
  help: { type: 'boolean', short: 'h', about: 'show this text' },
};

/** Verbs that open the stores take these besides. */
export const STORE: Readonly<Record<string, Option>> = {
  data: { type: 'string', value: 'DIR', about: 'the data folder (default: $CEIR_DATA or ./ceir-data)' },
  analytics: {
    type: 'string',
    value: 'URLS',
    about: 'ClickHouse servers, one URL a shard (default: $CEIR_ANALYTICS or embedded)',
  },
  registry: { type: 'string', value: 'URL', about: 'a PostgreSQL server (default: $CEIR_REGISTRY or embedded)' },
};

/** Verbs that need the country file take this one besides. */
export const COUNTRY: Readonly<Record<string, Option>> = {
  country: { type: 'string', value: 'FILE', about: 'the country file (default: $CEIR_COUNTRY or ./country.yaml)' },
};

/** Reads a verb's words. @throws Misused with the reason when they do not fit it. */
export function parseCall(command: Command, words: readonly string[]): Call {
  const options = { ...command.options, ...COMMON };
  const config: ParseArgsConfig = {
    args: [...words],
    allowPositionals: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { type, multiple, short }]) => [
        name,
        { type, ...(multiple === undefined ? {} : { multiple }), ...(short === undefined ? {} : { short }) },
      ]),
    ),
  };
  try {
    const { values, positionals } = parseArgs(config);
    return {
      args: positionals,
      text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
      texts: (name) => {
        const value = values[name];
        return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
      },
      flag: (name) => values[name] === true,
    };
  } catch (error) {
    throw new Misused(error instanceof Error ? error.message : String(error));
  }
}

/** The help text of a verb. */
export function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON }).map(([name, option]) => {
    const short = option.short === undefined ? '' : `-${option.short}, `;
    const value = option.type === 'boolean' ? '' : ` ${option.value ?? 'TEXT'}`;
    return `  ${`${short}--${name}${value}`.padEnd(26)} ${option.about}`;
  });
  const examples = command.examples.map(([line, what]) => `  ${line}\n      ${what}`);
  return [
    `ceir ${command.name} ${command.usage}`.trim(),
    '',
    command.about,
    '',
    'Options',
    ...options,
    '',
    'Examples',
    ...examples,
    '',
    'Exit codes: 0 done, 1 refused with the reason on standard error, 2 wrong usage.',
    '',
  ].join('\n');
}
