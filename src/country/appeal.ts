import { NAME } from './operator.ts';
import { type Form, integer, text } from './scalar.ts';
import { checked, needed, note, optional, type Reader, record } from './walk.ts';

/** To whom, how and by when a person can object to a decision, as explanations tell it. */
export type Appeal = {
  /** The authority, or the office of it. */
  readonly to: string;
  /** An address, a telephone number, an electronic address: as people are to read it. */
  readonly contact?: string;
  readonly url?: string;
  /** Days from the day of the block, that day not counted, up to and with the last on which to object. */
  readonly days?: number;
};

const URL_FORM: Form = {
  pattern: /^https?:\/\/[^\s\p{Cc}]{1,1024}$/u,
  about: "an address of the web, such as 'https://authority.example/appeal'",
};

/** Reads the appeal; one who may object must be told how. */
export const appeal: Reader<Appeal> = checked(
  record<Appeal>({
    to: needed(text(NAME)),
    contact: optional(text(NAME)),
    url: optional(text(URL_FORM)),
    days: optional(integer({ min: 1, max: 3660, unit: 'days' })),
  }),
  (found, spot) => {
    const given = ['contact', 'url'].some((key) => spot.walk.places.has(`${spot.path}.${key}`));
    if (found.contact !== undefined || found.url !== undefined || given) return;
    const message = 'neither contact nor url is given; nobody could tell how to object';
    note(spot, { code: 'COUNTRY_KEY', message, remedy: 'Add contact or url here, or both.' });
  },
);
