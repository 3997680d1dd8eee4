import type { Desk } from '../access/desk.ts';
import { type Language, noticesOf } from '../country/notices.ts';
import type { Imei } from '../identifiers/imei.ts';
import { type Kept, keep, type To } from './recipient.ts';
import { type Rendered, render } from './render.ts';
import { TEMPLATES, type TemplateName, type ValuesOf } from './templates.ts';

/** The number of a notice in the ledger. */
export type NoticeId = string;

/** What a notice is about. */
export type Subject = { readonly case?: string | undefined; readonly imei?: Imei | undefined };

/** Somebody to be told something. */
export type NewNotice<Name extends TemplateName> = {
  readonly template: Name;
  /** One person: the way to reach it, or several ways in the order in which they are tried. */
  readonly to: To;
  /** As the person wants it; without it the country's. */
  readonly language?: Language | undefined;
  readonly values: ValuesOf<Name>;
  readonly subject?: Subject | undefined;
  /** Not sent before; without it at once. */
  readonly due?: Date | undefined;
  /** Not sent at this time or later. One-time codes end with their minutes in any case. */
  readonly until?: Date | undefined;
  /** What makes it one thing, such as `theft:<case>:received`: queued again it is the same notice. */
  readonly once?: string | undefined;
};

/**
 * Plans a notice within the transaction of the act that it tells of: both are recorded, or neither. A sender delivers it
 * later.
 * @throws Refused NOTICE_RECIPIENT, NOTICE_VALUE
 */
export async function queueNotice<Name extends TemplateName>(desk: Desk, notice: NewNotice<Name>): Promise<NoticeId> {
  const { template, values, subject = {}, due = desk.now, once } = notice;
  const language = notice.language ?? noticesOf(desk.policy).language;
  const rendered = render({ template, language, values, policy: desk.policy });
  const row = {
    template,
    language,
    rendered,
    kept: keep(notice.to, desk),
    subject,
    due,
    until: endOf(notice, desk.now),
  };
  const [id] = await insertNotices(desk, [{ ...row, ...(once === undefined ? {} : { once }) }]);
  if (id !== undefined) return id;
  const [known] = await desk.query<{ id: NoticeId }>('SELECT id FROM notice WHERE once = $1', [once]);
  if (known === undefined) throw new Error('A notice was neither queued nor there.');
  return known.id;
}

/** A code that is no longer good need not be sent. */
function endOf({ values, until }: NewNotice<TemplateName>, now: Date): Date | undefined {
  if (until !== undefined || !('code' in values && 'minutes' in values)) return until;
  const { minutes } = values;
  return typeof minutes === 'number' ? new Date(now.getTime() + minutes * 60_000) : undefined;
}

/** A row of the ledger to be. */
export type NoticeRow = {
  readonly template: TemplateName;
  readonly language: Language;
  readonly rendered: Rendered;
  readonly kept: Kept;
  readonly subject: Subject;
  readonly due: Date;
  readonly until?: Date | undefined;
  readonly once?: string | undefined;
  readonly step?: { readonly ladder: string; readonly rung: number; readonly person: number } | undefined;
};

/** Rows of one statement: more would be more than its message may hold. */
const ROWS = 500;

/** Writes rows with what is to be done for them; gives the numbers of those that were not there already. */
export async function insertNotices(desk: Desk, rows: readonly NoticeRow[]): Promise<readonly NoticeId[]> {
  const ids: NoticeId[] = [];
  for (let at = 0; at < rows.length; at += ROWS) {
    const values = columnsOf(desk, rows.slice(at, at + ROWS));
    const inserted = await desk.query<{ id: NoticeId }>(INSERT, [...values, desk.now, desk.actor.id]);
    ids.push(...inserted.map(({ id }) => id));
  }
  return ids;
}

const INSERT = `WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::bytea[], $8::text[],
      $9::text[], $10::bigint[], $11::smallint[], $12::smallint[], $13::timestamptz[], $14::timestamptz[], $15::text[],
      $16::boolean[])
    AS g (template, version, language, contacts, channels, persons, content, imei, case_id, ladder, rung, person, due, until,
      once, urgent)
  ), fresh AS (
    INSERT INTO notice (template, version, language, contacts, channels, persons, content, imei, case_id, ladder, rung,
      person, due, until, once, planned, planned_by)
    SELECT template, version, language, contacts, string_to_array(channels, ' '), string_to_array(persons, ' '), content,
      imei, case_id, ladder, rung, person, due, until, once, $17, $18 FROM given
    ON CONFLICT (once) DO NOTHING
    RETURNING id, template, channels, due, until
  ), work AS (
    INSERT INTO notice_due (notice, channel, at, until, urgent)
    SELECT id, channels[1], due, until, (SELECT bool_or(urgent) FROM given AS g WHERE g.template = fresh.template) FROM fresh
  )
  SELECT id FROM fresh ORDER BY id`;

/** One array a column, in the order of {@link INSERT}. */
function columnsOf({ vault }: Desk, rows: readonly NoticeRow[]): readonly (readonly unknown[])[] {
  const column = <T>(pick: (row: NoticeRow) => T): readonly T[] => rows.map(pick);
  return [
    column(({ template }) => template),
    column(({ rendered }) => rendered.version),
    column(({ language }) => language),
    column(({ kept }) => kept.contacts),
    column(({ kept }) => kept.channels.join(' ')),
    column(({ kept }) => kept.persons.join(' ')),
    column(({ rendered: { title, text } }) => vault.seal('contact', JSON.stringify({ title, text }))),
    column(({ subject }) => subject.imei ?? null),
    column(({ subject }) => subject.case ?? null),
    column(({ step }) => step?.ladder ?? null),
    column(({ step }) => step?.rung ?? null),
    column(({ step }) => step?.person ?? null),
    column(({ due }) => due),
    column(({ until }) => until ?? null),
    column(({ once }) => once ?? null),
    column(({ template }) => TEMPLATES[template].urgent === true),
  ];
}
