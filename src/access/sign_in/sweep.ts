import type { Desk } from '../desk.ts';

/** What is deleted once it is of no use, and when: none of it is a fact about anything but signing in. */
const SWEPT: Readonly<Record<string, string>> = {
  attempt: `last < $1::timestamptz - interval '2 days'`,
  passkey_challenge: 'expires < $1::timestamptz',
  identity_flow: 'expires < $1::timestamptz',
  machine_assertion: 'expires < $1::timestamptz',
  sent_code: `expires < $1::timestamptz - interval '1 day'`,
  contact_proof: `expires < $1::timestamptz - interval '1 day'`,
  session: `expires < $1::timestamptz - interval '30 days'`,
  invitation: `expires < $1::timestamptz - interval '30 days'`,
  totp: `removed < $1::timestamptz - interval '30 days'`,
};

/** Deletes what signing in has left behind and nobody needs; answers how many rows of each table. A job of the clock. */
export async function sweepSignIns({
  query,
  now,
}: Pick<Desk, 'query' | 'now'>): Promise<Readonly<Record<string, number>>> {
  const swept: Record<string, number> = {};
  for (const [table, when] of Object.entries(SWEPT)) {
    const rows = await query(`DELETE FROM ${table} WHERE ${when} RETURNING 1`, [now]);
    swept[table] = rows.length;
  }
  return swept;
}
