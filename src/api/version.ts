import { createHash } from 'node:crypto';
import { Refused } from '../faults/fault.ts';
import type { Asked } from './route.ts';

/** The ETag of a version (RFC 9110 §8.8.3). */
export const etagOf = (version: string | number): string => `"${version}"`;

/** The ETag of an answer that has no version: equal texts have equal ones. */
export const etagOfText = (text: string): string =>
  `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;

/** Whether one of the ETags in `If-None-Match` is this one; weak ones are compared as they are (RFC 9110 §13.1.2). */
export function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const bare = (one: string): string => one.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((one) => bare(one) === bare(etag));
}

/** The version in `If-Match`; undefined where there is none. */
export const matchOf = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : /^"([^"]{1,64})"$/.exec(header.trim())?.[1];

/**
 * Holds the version that a change was made from against the one in force, which is locked.
 * @throws Refused API_VERSION_MISSING, API_VERSION
 */
export function demandVersion({ match }: Pick<Asked, 'match'>, current: string | number): void {
  const remedy = 'Read it again, and send the ETag of that answer as If-Match.';
  if (match === undefined)
    throw new Refused([{ code: 'API_VERSION_MISSING', message: 'The header If-Match is missing.', remedy }]);
  if (match !== String(current))
    throw new Refused([{ code: 'API_VERSION', message: `The version is ${current} by now, not ${match}.`, remedy }]);
}
