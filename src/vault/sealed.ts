import type { DataClass } from './vault.ts';

/** A column that holds seals of one class. */
export type SealedColumn = {
  readonly table: string;
  /** A column that names one row of the table; `ctid` where no single column does. */
  readonly key: string;
  readonly column: string;
  readonly class: DataClass;
};

/**
 * Every column of the registry that holds seals. What is not here would never be sealed anew, so keys are not destroyed
 * while an unknown column may hold seals under them. A room that adds such a column adds a line.
 */
export const SEALED: readonly SealedColumn[] = [
  { table: 'control_pair', key: 'id', column: 'subscriber', class: 'contact' },
  { table: 'type_approval', key: 'id', column: 'contact', class: 'contact' },
  { table: 'consignment', key: 'id', column: 'contact', class: 'contact' },
  { table: 'consigned_secret', key: 'id', column: 'sealed', class: 'proof' },
  { table: 'admission', key: 'id', column: 'contact', class: 'contact' },
  { table: 'personal_import', key: 'id', column: 'contact', class: 'contact' },
  { table: 'account', key: 'id', column: 'login_sealed', class: 'account' },
  { table: 'account', key: 'id', column: 'name_sealed', class: 'account' },
  { table: 'totp', key: 'id', column: 'secret', class: 'account' },
  { table: 'device_pair', key: 'id', column: 'imsi', class: 'contact' },
  { table: 'device_pair', key: 'id', column: 'msisdn', class: 'contact' },
  { table: 'device_pair_move', key: 'id', column: 'new_imsi', class: 'contact' },
  { table: 'device_pair_move', key: 'id', column: 'msisdn', class: 'contact' },
  { table: 'device_dispute', key: 'id', column: 'statement', class: 'proof' },
  { table: 'notice', key: 'id', column: 'contacts', class: 'contact' },
  { table: 'notice', key: 'id', column: 'content', class: 'contact' },
  { table: 'theft', key: 'id', column: 'contact', class: 'contact' },
  { table: 'theft', key: 'id', column: 'owner', class: 'identity' },
  { table: 'theft', key: 'id', column: 'invoice', class: 'proof' },
  { table: 'theft_custody', key: 'id', column: 'person', class: 'identity' },
  { table: 'theft_trace', key: 'id', column: 'subscriber', class: 'trace' },
  { table: 'appeal', key: 'id', column: 'contact', class: 'contact' },
  { table: 'appeal_exhibit', key: 'id', column: 'content', class: 'proof' },
  { table: 'api_answer', key: 'ctid', column: 'answer', class: 'account' },
];
