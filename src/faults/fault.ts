import type { FaultCode } from './codes.ts';

/**
 * One foreseen refusal, as a person and a script read it.
 * `line` and `column` count from 1; `field` names the column of a table or the key of a document.
 */
export type Fault = {
  readonly code: FaultCode;
  /** What is wrong, with the value that is wrong where it is not personal data. */
  readonly message: string;
  /** What to do about it, as an instruction. */
  readonly remedy: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly field?: string;
};

/** Raised when an act is refused for foreseen reasons; the command line answers with exit code 1. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(faults.map((fault) => `${fault.code}: ${fault.message}`).join('\n'));
    this.faults = faults;
  }
}

/** Raised when a command is called wrongly; the command line answers with exit code 2. */
export class Misused extends Error {
  override readonly name = 'Misused';
}

/** Writes a fault as `file:line:column: message` and its remedy on the next line. */
export function writeFault(fault: Fault): string {
  const place = [fault.file, fault.line, fault.column].filter((part) => part !== undefined).join(':');
  const field = fault.field === undefined ? '' : ` (${fault.field})`;
  return `${place === '' ? '' : `${place}: `}${fault.message}${field} [${fault.code}]\n  → ${fault.remedy}`;
}
