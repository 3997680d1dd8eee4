const MASK = '<redacted>';

/** Set once by the class below: the only way to its private field, so that `reveal` alone opens a value. */
let open: <T>(sealed: Redacted<T>) => T;

/**
 * Personal data under seal: an IMSI, MSISDN or user id that may travel through logs, JSON, errors and inspection, where
 * it shows as `<redacted>`. Only {@link reveal} opens it, so a search for that word finds every place that does.
 */
export class Redacted<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK;
  }

  static {
    open = (sealed) => sealed.#value;
  }
}

/** Puts a value under seal. */
export const redact = <T>(value: T): Redacted<T> => new Redacted(value);

/** Opens the seal. Whoever calls it answers for where the value goes next. */
export const reveal = <T>(sealed: Redacted<T>): T => open(sealed);
