import { Refused } from '../../faults/fault.ts';
import type { Vault } from '../../vault/vault.ts';

/** A login in its one writing. Whatever is no login has one too: it is the login of nobody. */
export const plainLogin = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/** A login in its one writing. @throws Refused ACCESS_ACCOUNT when it is none. */
export function readLogin(text: string): string {
  const login = plainLogin(text);
  if (/^[^\s\p{Cc}]{3,254}$/u.test(login)) return login;
  const message = 'A login has 3 to 254 characters and no spaces.';
  throw new Refused([{ code: 'ACCESS_ACCOUNT', message, remedy: 'Write an electronic address.', field: 'login' }]);
}

/** By what an account is found. */
export const loginKey = (vault: Vault, login: string): string => vault.pseudonym('email', login);
