import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A fresh secret of 256 bits, base64url. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is kept of a token. 256 random bits need neither salt nor work. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

/** Another secret made of a token, for one use; from it the token cannot be told. */
export const derived = (token: string, use: string): string =>
  createHmac('sha256', token).update(use, 'utf8').digest('base64url');

/** Whether two texts are equal, in a time that does not tell where they differ. */
export const isSame = (one: string, other: string): boolean =>
  timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
