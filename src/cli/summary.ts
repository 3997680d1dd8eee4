import type { Done, Json } from '../stores/run.ts';

const grouped = (value: Json | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en') : String(value ?? '');

const asList = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** A run's number as a person reads it; a dry run has none. */
export const runName = (number: number): string => (number === 0 ? 'Dry run' : `Run ${number}`);

function reasonLines(reasons: Json | undefined): readonly string[] {
  if (reasons === null || typeof reasons !== 'object' || Array.isArray(reasons)) return [];
  return Object.entries(reasons).map(([reason, count]) => `    ${grouped(count)} × ${reason}`);
}

function operatorLines({ number, result }: Done): readonly string[] {
  const lines = [`${runName(number)}: ${grouped(result['imported'])} of ${grouped(result['rows'])} rows taken in.`];
  if (result['quarantined'] !== 0) {
    const where = number === 0 ? '' : ` (ceir quarantine ${number})`;
    lines.push(`  ${grouped(result['quarantined'])} rows put aside${where}:`, ...reasonLines(result['reasons']));
  }
  const ignored = asList(result['ignoredColumns']);
  if (ignored.length > 0) lines.push(`  Columns not used: ${ignored.join(', ')}.`);
  return lines;
}

function listLines({ number, result }: Done): readonly string[] {
  const changes = `${grouped(result['adds'])} added, ${grouped(result['removes'])} removed, ${grouped(result['updates'])} changed`;
  const lines = [
    `${runName(number)}: ${changes}; ${grouped(result['before'])} entries before, ${grouped(result['after'])} now.`,
  ];
  if (result['quarantined'] !== 0) {
    lines.push(
      `  ${grouped(result['quarantined'])} rows put aside${number === 0 ? '' : ` (ceir quarantine ${number})`}.`,
    );
  }
  const ignored = asList(result['ignored']);
  if (ignored.length > 0) lines.push(`  Columns not used: ${ignored.join(', ')}.`);
  return lines;
}

function checksLines({ number, result }: Done): readonly string[] {
  const known = result['known'] === 0 ? '' : `; ${grouped(result['known'])} files were known already`;
  return [
    `${runName(number)}: ${grouped(result['checks'])} checks of ${grouped(result['files'])} files taken in${known}.`,
  ];
}

/** What an import did, in a few lines. */
export function importSummary(kind: string, done: Done): string {
  const lines = kind === 'operator' ? operatorLines : kind === 'checks' ? checksLines : listLines;
  return lines(done).join('\n');
}
