import type { Role } from '../../access/actor.ts';
import type { Machine } from '../../states/machine.ts';

/** Where the admission of a device for a time stands. */
export type AdmissionState = 'admitted' | 'running' | 'lapsed' | 'left' | 'regularised' | 'withdrawn';

/** What happens to it. */
export type AdmissionEvent = 'admit' | 'see' | 'begin' | 'renew' | 'lapse' | 'leave' | 'regularise' | 'withdraw';

/**
 * A device that is here for a time (inferred; see P4 and P8 of what went wrong elsewhere): a visitor's, which was told, or
 * one that nobody declared. It can be regularised from every state in which it may still be here, however late.
 */
export const ADMISSION: Machine<AdmissionState, AdmissionEvent, Role> = {
  subject: 'admission',
  states: {
    admitted: 'told, and not used with a SIM of the country yet',
    running: 'its days run',
    lapsed: 'its days are over',
    left: 'its holder told that it left the country',
    regularised: 'it was registered',
    withdrawn: 'it was never used here',
  },
  begins: [
    {
      event: 'admit',
      to: 'admitted',
      who: ['citizen', 'customs', 'operator', 'dealer', 'system'],
      needs: 'a reference of the entry',
    },
    { event: 'see', to: 'running', who: ['system'], needs: 'a first use with a SIM of the country' },
  ],
  moves: [
    {
      event: 'begin',
      from: ['admitted'],
      to: 'running',
      who: ['system'],
      needs: 'a first use with a SIM of the country',
    },
    { event: 'renew', from: ['running', 'lapsed'], to: 'running', who: ['citizen', 'customs', 'analyst'] },
    { event: 'lapse', from: ['running'], to: 'lapsed', who: ['system'] },
    { event: 'leave', from: ['running', 'lapsed'], to: 'left', who: ['citizen', 'customs'] },
    {
      event: 'regularise',
      from: ['admitted', 'running', 'lapsed', 'left'],
      to: 'regularised',
      who: ['system'],
      needs: 'a personal import that was registered, or a declaration that came late',
    },
    {
      event: 'withdraw',
      from: ['admitted'],
      to: 'withdrawn',
      who: ['citizen', 'customs', 'analyst', 'operator', 'dealer'],
    },
  ],
};

/** Where a device that somebody brings for himself stands. */
export type PersonalImportState = 'filed' | 'due' | 'registered' | 'refused' | 'withdrawn';

/** What happens to it. */
export type PersonalImportEvent = 'file' | 'apply' | 'confirm' | 'register' | 'refuse' | 'withdraw';

/**
 * Personal import (inferred). What another person files in somebody's name counts only once that one confirms it from the
 * own line (P2: documents of travellers were used without their knowledge).
 */
export const PERSONAL_IMPORT: Machine<PersonalImportState, PersonalImportEvent, Role> = {
  subject: 'personal import',
  states: {
    filed: 'an office or a dealer entered it; its holder has not confirmed it',
    due: 'its holder stands to it; fees or duty may be due',
    registered: 'nothing is due any more, and the device may be used',
    refused: 'it was refused, with a reason',
    withdrawn: 'its holder took it back',
  },
  begins: [
    { event: 'file', to: 'filed', who: ['customs', 'dealer', 'operator'] },
    { event: 'apply', to: 'due', who: ['citizen'], needs: 'a code to the own number' },
  ],
  moves: [
    { event: 'confirm', from: ['filed'], to: 'due', who: ['citizen'], needs: 'a code to the own number' },
    { event: 'register', from: ['due'], to: 'registered', who: ['system'], needs: 'nothing to be paid any more' },
    {
      event: 'refuse',
      from: ['filed', 'due'],
      to: 'refused',
      who: ['customs', 'analyst', 'approver'],
      needs: 'a reason',
    },
    { event: 'withdraw', from: ['filed', 'due'], to: 'withdrawn', who: ['citizen'] },
  ],
};

/** Where the passing on of a device stands. */
export type TransferState = 'offered' | 'done' | 'declined' | 'withdrawn' | 'expired';

/** What happens to it. */
export type TransferEvent = 'offer' | 'confirm' | 'decline' | 'withdraw' | 'expire';

/** A device that passes from one person to another (inferred): both have to agree, each by the own number. */
export const TRANSFER: Machine<TransferState, TransferEvent, Role> = {
  subject: 'transfer',
  states: {
    offered: 'the present holder agreed; the new one has not yet',
    done: 'both agreed',
    declined: 'the new holder did not agree',
    withdrawn: 'the present holder took it back',
    expired: 'the new holder did not answer in time',
  },
  begins: [
    { event: 'offer', to: 'offered', who: ['citizen', 'operator', 'dealer'], needs: 'a code to a number seen with it' },
  ],
  moves: [
    { event: 'confirm', from: ['offered'], to: 'done', who: ['citizen'], needs: 'a code to the own number' },
    { event: 'decline', from: ['offered'], to: 'declined', who: ['citizen'] },
    { event: 'withdraw', from: ['offered'], to: 'withdrawn', who: ['citizen', 'operator', 'dealer'] },
    { event: 'expire', from: ['offered'], to: 'expired', who: ['system'] },
  ],
};
