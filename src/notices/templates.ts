import type { Day } from '../calendar/day.ts';
import type { Imei } from '../identifiers/imei.ts';
import type { Reason } from './reasons.ts';

/** What may stand in a text, and what callers give for it. */
export type Kinds = {
  /** Written with its check digit, as it stands on the device. */
  readonly imei: Imei;
  readonly day: Day;
  /** A moment, written in the country's time zone. */
  readonly time: Date;
  readonly count: number;
  /** A one-time code: 4 to 16 letters, digits, hyphens. */
  readonly code: string;
  /** What people quote when they ask: 1 to 40 letters, digits, hyphens, slashes. */
  readonly reference: string;
  /** One line of 1 to 120 characters, without an address of the web. */
  readonly text: string;
  /** Gives two places of the text: `{why}`, and `{remedy}`: what to do about it. */
  readonly reason: Reason;
};

/** What a text is about, for the title of a letter. */
export type TitleName =
  | 'code'
  | 'report'
  | 'device'
  | 'warning'
  | 'block'
  | 'appeal'
  | 'registration'
  | 'visit'
  | 'consignment'
  | 'certificate'
  | 'payment'
  | 'work'
  | 'alarm';

/** What a template is made of, besides its words. */
export type Template = {
  readonly title: TitleName;
  /** The places of the text, by name. A `reference` is told at the end of every text that has one. */
  readonly takes: Readonly<Record<string, keyof Kinds>>;
  /** Sent in quiet hours, too: somebody waits for it, or every hour counts. */
  readonly urgent?: true;
  /** A decision about somebody: the text ends with how to object. */
  readonly decision?: true;
};

const DEVICE = { imei: 'imei', reference: 'reference' } as const;
const WHY = { reference: 'reference', why: 'text' } as const;
const CODE = { imei: 'imei', code: 'code', minutes: 'count' } as const;
const LADDER = { imei: 'imei', reason: 'reason', blockOn: 'day', reference: 'reference' } as const;

const TABLE = {
  // codes
  one_time_code: { title: 'code', takes: { code: 'code', minutes: 'count' }, urgent: true },
  pair_code: { title: 'code', takes: CODE, urgent: true },
  transfer_confirm: { title: 'code', takes: CODE, urgent: true },
  holder_confirm: { title: 'code', takes: CODE, urgent: true },

  // theft and loss
  theft_received: { title: 'report', takes: DEVICE, urgent: true },
  theft_provisional: { title: 'report', takes: { ...DEVICE, until: 'day' }, urgent: true },
  theft_confirmed: { title: 'report', takes: DEVICE },
  theft_confirmed_recovery: { title: 'report', takes: DEVICE },
  theft_rejected: { title: 'report', takes: { ...DEVICE, why: 'text' }, decision: true },
  theft_expired: { title: 'report', takes: DEVICE, decision: true },
  theft_traced: { title: 'report', takes: { ...DEVICE, unit: 'text' } },
  theft_finder: { title: 'device', takes: { ...DEVICE, place: 'text' }, decision: true },
  theft_recovered: { title: 'report', takes: { ...DEVICE, place: 'text' } },
  theft_returned: { title: 'report', takes: DEVICE },
  theft_found: { title: 'report', takes: DEVICE },
  theft_lifted: { title: 'report', takes: DEVICE, decision: true },

  // before, at and after a block
  ladder_first: { title: 'warning', takes: LADDER, decision: true },
  ladder_reminder: { title: 'warning', takes: { ...LADDER, days: 'count' }, decision: true },
  ladder_last: { title: 'warning', takes: LADDER, decision: true },
  block_withdrawn: { title: 'device', takes: DEVICE },
  blocked: { title: 'block', takes: { imei: 'imei', reason: 'reason', reference: 'reference' }, decision: true },
  unblocked: { title: 'device', takes: DEVICE },

  // appeals, complaints, "this is not mine"
  appeal_opened: { title: 'appeal', takes: { ...DEVICE, by: 'day' } },
  appeal_evidence: { title: 'appeal', takes: { reference: 'reference', what: 'text', by: 'day' } },
  appeal_granted: { title: 'appeal', takes: DEVICE },
  appeal_refused: { title: 'appeal', takes: { ...DEVICE, why: 'text' }, decision: true },
  dispute_opened: { title: 'appeal', takes: DEVICE },
  dispute_decided: { title: 'appeal', takes: { ...DEVICE, outcome: 'text' }, decision: true },

  // registration of devices
  registered: { title: 'registration', takes: DEVICE },
  associated: { title: 'registration', takes: DEVICE, decision: true },
  registration_ended: { title: 'registration', takes: DEVICE },
  regularise: { title: 'registration', takes: { ...DEVICE, until: 'day' }, decision: true },
  regularised: { title: 'registration', takes: DEVICE },
  import_accepted: { title: 'registration', takes: DEVICE },
  import_refused: { title: 'registration', takes: { ...DEVICE, why: 'text' }, decision: true },
  transfer_done: { title: 'registration', takes: DEVICE },
  transfer_cancelled: { title: 'registration', takes: DEVICE },
  pair_made: { title: 'registration', takes: DEVICE },
  pair_ended: { title: 'registration', takes: DEVICE, decision: true },

  // visitors' devices
  admission_started: { title: 'visit', takes: { ...DEVICE, until: 'day' } },
  admission_reminder: { title: 'visit', takes: { ...DEVICE, until: 'day', days: 'count' } },
  admission_renewed: { title: 'visit', takes: { ...DEVICE, until: 'day' } },
  admission_ended: { title: 'visit', takes: DEVICE, decision: true },

  // trade
  consignment_received: { title: 'consignment', takes: { reference: 'reference', rows: 'count' } },
  consignment_faulty: { title: 'consignment', takes: { reference: 'reference', rows: 'count', faults: 'count' } },
  consignment_accepted: { title: 'consignment', takes: { reference: 'reference', rows: 'count' } },
  consignment_refused: { title: 'consignment', takes: WHY, decision: true },
  consignment_held: { title: 'consignment', takes: WHY, decision: true },
  consignment_released: { title: 'consignment', takes: { reference: 'reference' } },
  approval_granted: { title: 'certificate', takes: { reference: 'reference', until: 'day' } },
  approval_refused: { title: 'certificate', takes: WHY, decision: true },
  approval_ending: { title: 'certificate', takes: { reference: 'reference', until: 'day', days: 'count' } },
  approval_withdrawn: { title: 'certificate', takes: WHY, decision: true },
  fee_due: { title: 'payment', takes: { reference: 'reference', fee: 'text', by: 'day' } },
  fee_received: { title: 'payment', takes: { reference: 'reference', fee: 'text' } },

  // those who work with the register
  account_invited: { title: 'work', takes: { organisation: 'text', code: 'code', until: 'time' } },
  account_locked: { title: 'work', takes: { until: 'time' }, urgent: true },
  approval_needed: { title: 'work', takes: { reference: 'reference', what: 'text' } },
  task_assigned: { title: 'work', takes: { reference: 'reference', what: 'text', by: 'day' } },
  task_overdue: { title: 'work', takes: { reference: 'reference', what: 'text', by: 'day' } },
  rule_paused: { title: 'alarm', takes: { rule: 'text', why: 'text' }, urgent: true },
  alarm: { title: 'alarm', takes: { what: 'text', reference: 'reference' }, urgent: true },
} as const satisfies Readonly<Record<string, Template>>;

/** The name of a template: what somebody is told. */
export type TemplateName = keyof typeof TABLE;

/** What the places of a template are filled with. */
export type ValuesOf<Name extends TemplateName> = {
  readonly [Place in keyof (typeof TABLE)[Name]['takes']]: Kinds[(typeof TABLE)[Name]['takes'][Place] & keyof Kinds];
};

/** Every template; its words in each language stand under `texts/`. */
export const TEMPLATES: Readonly<Record<TemplateName, Template>> = TABLE;

/** Every name, in the order of the table. */
export const templateNames = Object.keys(TEMPLATES) as readonly TemplateName[];
