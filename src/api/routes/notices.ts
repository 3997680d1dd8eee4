import { Type } from 'typebox';
import { reachOf } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { findAppeal } from '../../cases/appeals/appeal.ts';
import { findTheft, unknownCase } from '../../cases/thefts/find.ts';
import { LANGUAGES } from '../../country/notices.ts';
import { Refused } from '../../faults/fault.ts';
import { WORDS } from '../../notices/languages.ts';
import { type LedgerEntry, ledgerOf, noteAnswer } from '../../notices/ledger.ts';
import { REASONS } from '../../notices/reasons.ts';
import { TEMPLATES, templateNames } from '../../notices/templates.ts';
import { type Route, route, telling } from '../route.ts';
import { closed, IMEI } from '../schema.ts';
import { imeiOf } from './appeal_form.ts';
import { NUMBER } from './device_form.ts';

const CASE = closed({ id: Type.String({ minLength: 1, maxLength: 36 }) });

const NOTICE_OUT = Type.Object({
  id: Type.String(),
  template: Type.String(),
  version: Type.String({ description: 'Of the words.' }),
  language: Type.String(),
  channels: Type.Array(Type.String(), { description: 'In the order in which they are tried.' }),
  imei: Type.Optional(Type.String()),
  case: Type.Optional(Type.String()),
  planned: Type.String(),
  due: Type.String(),
  state: Type.String(),
  steps: Type.Array(
    Type.Object({
      state: Type.String(),
      at: Type.String(),
      channel: Type.Optional(Type.String()),
      attempt: Type.Optional(Type.Integer()),
      because: Type.Optional(Type.String()),
    }),
  ),
});
const LEDGER = Type.Object({ notices: Type.Array(NOTICE_OUT) });

/** Tells a notice: neither the contact nor the words. */
const told = ({ id, template, version, language, channels, imei, case: about, ...entry }: LedgerEntry) => ({
  ...{ id, template, version, language, channels: [...channels], state: entry.state },
  ...(imei === null ? {} : { imei }),
  ...(about === null ? {} : { case: about }),
  planned: entry.planned.toISOString(),
  due: entry.due.toISOString(),
  steps: entry.steps.map(({ state, at, channel, attempt, because }) => ({
    state,
    at: at.toISOString(),
    ...(channel === null ? {} : { channel }),
    ...(attempt === null ? {} : { attempt }),
    ...(because === null ? {} : { because }),
  })),
});

/** What a person may see of a ledger: what he was told himself. Offices see all of a case that they may read. */
function ownOf(desk: Desk, entries: readonly LedgerEntry[]) {
  const { actor } = desk;
  const reach = reachOf(actor, 'notice.read');
  const person = reach === 'all' || reach.organisation !== undefined ? undefined : actor.id;
  const own = person === undefined ? entries : entries.filter(({ persons }) => persons.includes(person));
  return { notices: own.map(told) };
}

/** Who was told what, when and by which channel, and what became of it (ITU-T Q.5050 §9.7). */
export const NOTICE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/thefts/:id/notices',
    action: 'notice.read',
    about: 'Tells who was told what in a case of theft or loss; a person, what he was told himself.',
    params: CASE,
    answer: LEDGER,
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => {
      const { id } = await findTheft(desk, params.id, 'notice.read');
      return ownOf(desk, await ledgerOf(desk, { case: `theft:${id}` }));
    },
  }),
  route({
    method: 'GET',
    url: '/v1/appeals/:id/notices',
    action: 'notice.read',
    about: 'Tells who was told what in an appeal; a person, what he was told himself.',
    params: CASE,
    answer: LEDGER,
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => {
      const { id } = await findAppeal(desk, params.id, 'notice.read');
      return ownOf(desk, await ledgerOf(desk, { case: `appeal:${id}` }));
    },
  }),
  route({
    method: 'POST',
    url: '/v1/notices/find',
    action: 'notice.read',
    about:
      'Tells who was told what about an IMEI: all to the regulator, to others only what they were told themselves.',
    isRead: true,
    body: closed({ imei: IMEI }),
    answer: LEDGER,
    faults: ['DEVICE_IDENTIFIER'],
    act: async (desk, { body }) => {
      const all = await ledgerOf(desk, { imei: imeiOf(body.imei) });
      const isOffice = reachOf(desk.actor, 'notice.read') === 'all';
      return { notices: all.filter(({ persons }) => isOffice || persons.includes(desk.actor.id)).map(told) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/notices/:id/answer',
    action: 'notice.answer',
    about: 'Says that one has got a notice: whatever receipts say, one was told.',
    params: closed({ id: NUMBER }),
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => {
      const [notice] = await ledgerOf(desk, { id: params.id });
      if (notice === undefined || !notice.persons.includes(desk.actor.id)) throw new Refused([unknownCase('notice')]);
      await noteAnswer(desk, notice.id);
    },
  }),
  telling({
    method: 'GET',
    url: '/v1/notices/templates',
    action: 'policy.read',
    about: 'Tells the words of all notices in a language, with the places that are filled in.',
    query: closed({ language: Type.Enum(LANGUAGES) }),
    answer: Type.Object({
      language: Type.Enum(LANGUAGES),
      rightToLeft: Type.Boolean(),
      templates: Type.Array(
        Type.Object({
          name: Type.String(),
          title: Type.String(),
          text: Type.String(),
          takes: Type.Record(Type.String(), Type.String()),
          isDecision: Type.Boolean({ description: 'It ends with how to object.' }),
        }),
      ),
      reasons: Type.Array(Type.Object({ reason: Type.String(), why: Type.String(), remedy: Type.String() })),
      objection: Type.String(),
    }),
    tell: ({ query: { language } }) => {
      const { rightToLeft, titles, texts, reasons, objection } = WORDS[language];
      return {
        language,
        rightToLeft,
        templates: templateNames.map((name) => {
          const { title, takes, decision } = TEMPLATES[name];
          return { name, title: titles[title], text: texts[name], takes: { ...takes }, isDecision: decision === true };
        }),
        reasons: REASONS.map((reason) => ({ reason, ...reasons[reason] })),
        objection,
      };
    },
  }),
];
