import { userInfo } from 'node:os';
import type { Actor } from './actor.ts';

/**
 * Whoever has the register's own shell, under the name that the machine knows them by. They hold the data folder and its
 * keys, so roles and quotas could not hold them; that they read is recorded.
 */
export const shellActor = (): Actor => ({ id: `shell:${userInfo().username}`, roles: ['system'] });
