import type { Call, Command } from '../command.ts';

/** One act of `ceir eir`, as a verb of its own: `ceir eir NAME USAGE`. What is heavy it imports only when it is run. */
export type Act = Omit<Command, 'run'> & {
  /** `call.args` are those after the act's name. Resolves to the exit code. */
  readonly run: (call: Call) => Promise<number>;
};
