import { Type } from 'typebox';
import { type Fault, Refused } from '../../faults/fault.ts';
import { parseReference, writeReference } from '../../identifiers/reference.ts';
import { REASONS } from '../../notices/reasons.ts';
import { readInput, shown } from '../check/input.ts';
import { padded } from '../check/padding.ts';
import { referenceFor, referenceKey, verdictBehind } from '../check/reference.ts';
import { ADVICE, STATUSES, together, VERDICTS } from '../check/verdict.ts';
import { type Asked, Content, type Route, telling } from '../route.ts';
import { closed, IMEI, TIME } from '../schema.ts';

const nullable = (pattern?: string) => Type.Union([Type.String(pattern === undefined ? {} : { pattern }), Type.Null()]);

/** One or two identifiers, as a person reads them off a device. */
const IMEIS = Type.Array(IMEI, { minItems: 1, maxItems: 2 });

/** What is told of one identifier; see `check/verdict.ts`. */
const TOLD = Type.Object({
  imei: nullable('^[0-9]{15}$'),
  verdict: Type.Enum(VERDICTS),
  statuses: Type.Array(Type.Enum(STATUSES)),
  reasons: Type.Array(Type.Enum(REASONS)),
  blockedFrom: nullable(),
  make: nullable(),
  model: nullable(),
  advice: Type.Enum(ADVICE),
});

const CHECKED = Type.Object(
  {
    verdict: Type.Enum(VERDICTS),
    advice: Type.Enum(ADVICE),
    identifiers: Type.Array(TOLD, { minItems: 1, maxItems: 2 }),
    checkedAt: TIME,
    validUntil: TIME,
    reference: Type.String({ description: 'Proves this answer to whoever asks /v1/check/reference.' }),
  },
  { description: 'Blanks behind it make all answers equally long.' },
);

const MISSING: Fault = {
  code: 'API_BUSY',
  message: 'The register has no lists yet that it could answer by.',
  remedy: 'Ask again in a minute.',
};

/** What is told of identifiers at a time. @throws Refused API_BUSY while there are no lists */
export async function checked({ house: { checking, clock } }: Pick<Asked, 'house'>, imeis: readonly string[]) {
  const at = clock();
  const identifiers = await checking.check(imeis, at);
  if (identifiers === undefined) throw new Refused([MISSING]);
  const [verdict, advice] = together(identifiers);
  return { verdict, advice, identifiers, at };
}

const HOUR_MS = 3_600_000;

/** Where the country file does not say how long an answer holds; as for messages. */
const VALID_HOURS = 24;

/** The public check, for which nobody signs in. */
export const CHECK_ROUTES: readonly Route[] = [
  telling({
    method: 'POST',
    url: '/v1/check',
    action: 'check.public',
    about: 'Tells how one device stands, by the identifiers that it shows.',
    isRead: true,
    limit: 'check',
    body: closed({ imeis: IMEIS }),
    answer: CHECKED,
    faults: ['API_BUSY'],
    tell: async (asked) => {
      const { vault, policy } = asked.house;
      const { at, verdict, advice, identifiers } = await checked(asked, asked.body.imeis);
      const imeis = identifiers.map(({ imei }) => imei ?? '');
      return new Content(
        'application/json; charset=utf-8',
        padded({
          verdict,
          advice,
          identifiers,
          checkedAt: at.toISOString(),
          validUntil: new Date(
            at.getTime() + (policy.notices?.check.validHours ?? VALID_HOURS) * HOUR_MS,
          ).toISOString(),
          reference: writeReference(referenceFor(referenceKey(vault), { imeis, verdict, at })),
        }),
      );
    },
  }),
  telling({
    method: 'POST',
    url: '/v1/check/reference',
    action: 'check.public',
    about: 'Tells whether a reference stands for an answer of this register, and for which.',
    isRead: true,
    limit: 'check',
    body: closed({ imeis: IMEIS, checkedAt: TIME, reference: Type.String({ minLength: 1, maxLength: 32 }) }),
    answer: Type.Object({ genuine: Type.Boolean(), verdict: Type.Union([Type.Enum(VERDICTS), Type.Null()]) }),
    tell: ({ house, body }) => {
      const reference = parseReference(body.reference);
      const claim = { imeis: body.imeis.map((text) => shown(readInput(text))), at: new Date(body.checkedAt) };
      const verdict = reference.ok ? verdictBehind(referenceKey(house.vault), claim, reference.value) : undefined;
      return { genuine: verdict !== undefined, verdict: verdict ?? null };
    },
  }),
];
