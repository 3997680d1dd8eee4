/** What the parent process asks of the engine's process, one message each. */
export type Request =
  | { readonly id: number; readonly kind: 'run' | 'query'; readonly sql: string }
  | { readonly id: number; readonly kind: 'stream'; readonly sql: string; readonly format: string }
  | { readonly id: number; readonly kind: 'more' }
  | { readonly id: number; readonly kind: 'stop' }
  | { readonly id: number; readonly kind: 'close' };

/** What the engine's process answers. `chunk` repeats, one for each `more`; `done` ends every request. */
export type Reply =
  | { readonly id: number; readonly kind: 'done'; readonly text: string }
  | { readonly id: number; readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string; readonly engineCode: number | undefined };

/** An error of the engine: `engineCode` is ClickHouse's own error number. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly engineCode: number | undefined;
  constructor(message: string, engineCode: number | undefined) {
    super(message);
    this.engineCode = engineCode;
  }
}
