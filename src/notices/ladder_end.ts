import type { Desk } from '../access/desk.ts';
import type { Day } from '../calendar/day.ts';
import type { Language } from '../country/notices.ts';
import { Refused } from '../faults/fault.ts';
import type { Imei } from '../identifiers/imei.ts';
import { addEvents } from './events.ts';
import { type LadderId, type Person, planLadder } from './ladder.ts';
import { insertNotices } from './queue.ts';
import type { Reason } from './reasons.ts';
import type { ChannelName } from './recipient.ts';
import { render } from './render.ts';

/** Why a ladder ends without a block. */
export type Withdrawal = {
  /** A word or a sentence, without personal data. */
  readonly because: string;
  /** Those who were told of the block are told that it will not be; true unless said otherwise. */
  readonly tell?: boolean | undefined;
};

/**
 * Takes a ladder back: what was planned is not sent, and it allows no block any more. Again it does nothing.
 * @throws Refused NOTICE_LADDER where there is none
 */
export async function withdrawLadder(desk: Desk, ladder: LadderId, withdrawal: Withdrawal): Promise<void> {
  const { because, tell = true } = withdrawal;
  const row = await held(desk, ladder);
  if (row.withdrawn) return;
  await end(desk, ladder, because);
  if (!tell) return;
  const told = (await peopleOf(desk, ladder)).filter(({ sent }) => sent);
  const { imei, reference, caseId } = row;
  const notices = told.map(({ kept, language }) => ({
    template: 'block_withdrawn' as const,
    language,
    kept,
    rendered: render({
      template: 'block_withdrawn',
      language,
      values: { imei, reference },
      policy: desk.policy,
    }),
    subject: { imei, case: caseId },
    due: desk.now,
  }));
  await insertNotices(desk, notices);
}

/**
 * Begins a ladder anew towards another day, for the same people: where a notice was missed, or an appeal stopped the clock.
 * The old one allows no block any more. Contacts stay sealed.
 * @throws Refused NOTICE_LADDER where there is none, or it was withdrawn; NOTICE_TOO_SOON, NOTICE_NOBODY
 */
export async function renewLadder(desk: Desk, ladder: LadderId, blockOn: Day): Promise<LadderId> {
  const row = await held(desk, ladder);
  if (row.withdrawn) throw new Refused([unknown(ladder, 'was withdrawn')]);
  await end(desk, ladder, 'renewed');
  const { imei, others, caseId, reason, reference } = row;
  return planLadder(desk, {
    subject: { imei, others, case: caseId, reason, reference },
    people: await peopleOf(desk, ladder),
    blockOn,
  });
}

const unknown = (ladder: LadderId, what: string) =>
  ({
    code: 'NOTICE_LADDER',
    message: `The ladder of notices ${ladder} ${what}.`,
    remedy: 'Open a ladder for the block.',
  }) as const;

type Held = {
  readonly imei: Imei;
  readonly others: readonly Imei[];
  readonly caseId: string | undefined;
  readonly reason: Reason;
  readonly reference: string;
  readonly withdrawn: boolean;
};

/** A ladder, held until the transaction ends. */
async function held({ query }: Desk, ladder: LadderId): Promise<Held> {
  const [row] = await query<{
    imeis: readonly [Imei, ...Imei[]];
    case_id: string | null;
    reason: Reason;
    reference: string;
    withdrawn: boolean;
  }>(
    `SELECT imeis, case_id, reason, reference,
      EXISTS (SELECT 1 FROM notice_ladder_withdrawn AS w WHERE w.ladder = l.id) AS withdrawn
    FROM notice_ladder AS l WHERE id = $1 FOR UPDATE`,
    [ladder],
  );
  if (row === undefined) throw new Refused([unknown(ladder, 'is not there')]);
  const { imeis, case_id: caseId, ...rest } = row;
  const [imei, ...others] = imeis;
  return { ...rest, imei, others, caseId: caseId ?? undefined };
}

async function end({ query, now, actor }: Desk, ladder: LadderId, because: string): Promise<void> {
  await query('INSERT INTO notice_ladder_withdrawn (ladder, at, withdrawn_by, because) VALUES ($1, $2, $3, $4)', [
    ladder,
    now,
    actor.id,
    because,
  ]);
  const ended = await query<{ notice: string }>(
    `DELETE FROM notice_due AS d USING notice AS n WHERE n.id = d.notice AND n.ladder = $1 RETURNING d.notice`,
    [ladder],
  );
  await addEvents(
    query,
    ended.map(({ notice }) => ({ notice, state: 'withdrawn', at: now, because })),
  );
}

/** Everybody whom a ladder is for and whose contacts are still kept, and whether they were sent anything. */
async function peopleOf({ query }: Desk, ladder: LadderId): Promise<readonly (Person & { readonly sent: boolean })[]> {
  const rows = await query<{
    contacts: Buffer;
    channels: readonly ChannelName[];
    persons: readonly string[];
    language: Language;
    sent: boolean;
  }>(
    `SELECT DISTINCT ON (n.person) n.contacts, n.channels, n.persons, n.language,
      EXISTS (SELECT 1 FROM notice AS o JOIN notice_event AS e ON e.notice = o.id
        WHERE o.ladder = n.ladder AND o.person = n.person AND e.state = 'sent') AS sent
    FROM notice AS n WHERE n.ladder = $1 AND n.contacts IS NOT NULL ORDER BY n.person, n.rung`,
    [ladder],
  );
  return rows.map(({ language, sent, ...kept }) => ({ language, sent, kept }));
}
