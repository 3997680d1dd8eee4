/** Where an error was thrown, and its kind; not what it says, which may name what was worked on. */
export function traceOf(error: unknown): { readonly error: string; readonly trace: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, trace: [] };
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, trace: lines.slice(0, 8).map((line) => line.trim()) };
}
