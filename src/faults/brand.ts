declare const brand: unique symbol;

/** A type that only its own parser mints: structurally `T`, but no plain `T` is assignable to it. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
