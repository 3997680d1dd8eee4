import { integer } from './scalar.ts';
import { type Reader, record, standing } from './walk.ts';

/**
 * For how long personal data that people gave are kept, by class, in days after what they were given for has ended; the
 * figures are ours (Suppl. 73 §7.3.1 asks that there be such). What operators report has its own `retention_months`.
 */
export type Retention = {
  /** Numbers and addresses at which somebody was to be reached. */
  readonly contact: number;
  /** Names and numbers of papers. */
  readonly identity: number;
  /** Invoices, complaints and other evidence: for as long as a decision can be brought before a court. */
  readonly proof: number;
  /** Who used a device that was looked for. */
  readonly trace: number;
  /** Data of accounts that were closed. */
  readonly account: number;
  /** Days after which new data are sealed under a new key. */
  readonly rotateKeys: number;
};

const days = integer({ min: 1, max: 36_600, unit: 'days' });

/** Reads for how long personal data are kept. */
export const retention: Reader<Retention> = record<Retention>({
  contact: standing(days, 365),
  identity: standing(days, 1095),
  proof: standing(days, 1825),
  trace: standing(days, 180),
  account: standing(days, 730),
  rotateKeys: standing(days, 365),
});
