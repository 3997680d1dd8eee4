/** A foreseen outcome: a value, or the fault that stands in its place. Unforeseen failures throw. */
export type Result<T, F> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: F };

/** The successful outcome. */
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** The foreseen failure. */
export const fail = <F>(fault: F): { readonly ok: false; readonly fault: F } => ({ ok: false, fault });
