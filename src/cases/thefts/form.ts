import Type from 'typebox';
import { LANGUAGES } from '../../country/notices.ts';
import { EVENT_KINDS, KILL_SWITCHES, MODES } from './words.ts';

const line = (max: number, about: string) =>
  Type.String({
    minLength: 1,
    maxLength: max,
    pattern: '^(?!\\s)[^\\p{Cc}\\u2028\\u2029]+(?<!\\s)$',
    description: about,
  });
/** A mailbox, as notices take it; more is not looked at, since only a message shows that it is one. */
const EMAIL = '^[^\\s@<>()[\\]\\\\,;:"\\p{Cc}]{1,64}@[^\\s@<>()\\\\,;:"\\p{Cc}]{1,190}$';
const maybe = Type.Optional;

const DEVICE = {
  make: maybe(line(64, 'Maker or brand')),
  model: maybe(line(64, 'Model')),
  colour: maybe(line(32, 'Colour')),
  storage: maybe(line(32, 'Storage, such as 128 GB')),
};
const imeis = Type.Array(Type.String({ maxLength: 32 }), {
  minItems: 1,
  maxItems: 8,
  description: 'All IMEIs of the device, 14, 15 or 16 digits each',
});

const EVENT = {
  kind: Type.Enum([...EVENT_KINDS], { description: 'How the device went' }),
  country: Type.String({ maxLength: 8, description: 'Country of the event, ISO 3166-1 alpha-2' }),
  day: Type.String({ maxLength: 16, description: 'Day of the event, YYYY-MM-DD' }),
  place: maybe(line(128, 'District of the event')),
  station: maybe(line(128, 'Police station')),
  complaint: maybe(line(64, 'Number of the complaint at the police')),
  mode: maybe(
    Type.Enum([...MODES], {
      description: 'Blocked (default), or tracked so that the finder is told where to bring it',
    }),
  ),
};

const PEOPLE = {
  owner: maybe(
    Type.Object(
      {
        name: line(128, 'Name'),
        address: maybe(line(256, 'Address')),
        document: maybe(line(64, 'Kind and number of a document')),
      },
      { additionalProperties: false },
    ),
  ),
  contact: Type.Object(
    {
      msisdn: maybe(Type.String({ maxLength: 32, description: 'Telephone number, national or international' })),
      email: maybe(Type.String({ maxLength: 254, pattern: EMAIL, description: 'Electronic address' })),
      language: maybe(Type.Enum([...LANGUAGES], { description: 'Language of notices, ISO 639-1' })),
    },
    { additionalProperties: false },
  ),
  invoice: maybe(line(128, 'Reference of the invoice')),
};

/** The form of a report of one device, as people and machines send it. */
export const REPORT_FORM = Type.Object(
  {
    imeis,
    ...DEVICE,
    killSwitch: maybe(Type.Enum([...KILL_SWITCHES], { description: 'State of the kill switch' })),
    ...EVENT,
    ...PEOPLE,
  },
  { additionalProperties: false, description: 'A report of theft or loss' },
);

/** The form of a report of a stolen cargo: what all its devices share, and a row a device. */
export const CARGO_FORM = Type.Object(
  {
    ...EVENT,
    contact: PEOPLE.contact,
    invoice: line(128, 'Reference of the invoice or of the papers of the consignment'),
    devices: Type.Array(Type.Object({ imeis, ...DEVICE }, { additionalProperties: false }), { minItems: 1 }),
  },
  { additionalProperties: false, description: 'A report of a stolen cargo' },
);
