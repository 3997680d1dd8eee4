-- What people are told: a ledger to which rows are only added, and beside it the work that is still to be done.
--
-- For who blocks: notice_ladder_allows(ladder, imei, at) says whether the notices of a ladder allow a block of that IMEI at
-- that time; notice_ladder_complete(ladder, at) leaves the IMEI aside, and notice_ladder_complete(ladder) asks the clock.

-- Every text that senders ever had, so that a notice can be read as it was, whatever the program says today.
CREATE TABLE notice_text (
  -- the first 16 hexadecimal digits of the SHA-256 of template, language, title and text
  version text PRIMARY KEY CHECK (version ~ '^[0-9a-f]{16}$'),
  template text NOT NULL,
  language text NOT NULL,
  title text NOT NULL,
  text text NOT NULL,
  first_known timestamptz NOT NULL
);

-- The notices that must come before a block (ITU-T Q.5050 §9.7), under the rules of the day it was opened.
CREATE TABLE notice_ladder (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- 14 digits each, of one device
  imeis text[] NOT NULL CHECK (cardinality(imeis) > 0),
  case_id text,
  reason text NOT NULL,
  -- what people quote when they ask or object
  reference text NOT NULL,
  -- the day of the block in the country's calendar, and the moment in which it begins there
  block_on date NOT NULL,
  block_at timestamptz NOT NULL,
  -- whoever is told for the first time at this moment or later has fewer days than the country grants
  told_before timestamptz NOT NULL CHECK (told_before <= block_at),
  -- what shows that somebody was told: that a channel accepted the notice, or a receipt of delivery
  proof text NOT NULL CHECK (proof IN ('accepted', 'delivered')),
  -- what somebody is whom no channel reached
  unreachable text NOT NULL CHECK (unreachable IN ('told', 'untold')),
  people smallint NOT NULL CHECK (people >= 0),
  opened timestamptz NOT NULL,
  opened_by text NOT NULL,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX notice_ladder_by_imei ON notice_ladder USING gin (imeis);

-- A ladder that leads to no block any more; what was planned is not sent.
CREATE TABLE notice_ladder_withdrawn (
  ladder bigint PRIMARY KEY REFERENCES notice_ladder (id),
  at timestamptz NOT NULL,
  withdrawn_by text NOT NULL,
  -- a word or a sentence, without personal data
  because text NOT NULL,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE notice_rung (
  ladder bigint NOT NULL REFERENCES notice_ladder (id),
  rung smallint NOT NULL CHECK (rung >= 0),
  -- days before the block; null for the first notice, which is due at once
  days_before integer CHECK (days_before > 0),
  -- in time when sent from then, and before that
  due timestamptz NOT NULL,
  until timestamptz NOT NULL CHECK (until > due),
  PRIMARY KEY (ladder, rung)
);

-- One person to be told one thing.
CREATE TABLE notice (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  template text NOT NULL,
  -- of notice_text; the row there comes with the first sender that has the text
  version text NOT NULL CHECK (version ~ '^[0-9a-f]{16}$'),
  language text NOT NULL,
  -- the ways to reach the person, the first tried first: sealed (class contact), JSON, null once their time is over; and
  -- their channels, in that order
  contacts bytea,
  channels text[] NOT NULL CHECK (cardinality(channels) > 0 AND channels <@ '{sms,email,operator,webhook}'),
  -- pseudonyms of the numbers and addresses among them
  persons text[] NOT NULL,
  -- title and text as the person reads them: sealed (class contact), JSON, null once their time is over
  content bytea,
  imei text CHECK (imei ~ '^[0-9]{14}$'),
  case_id text,
  ladder bigint,
  rung smallint,
  -- which of the ladder's people, from 0
  person smallint CHECK (person >= 0),
  planned timestamptz NOT NULL,
  planned_by text NOT NULL,
  -- not sent sooner, nor at this time or later
  due timestamptz NOT NULL,
  until timestamptz,
  -- what makes it one thing, so that it is queued once
  once text UNIQUE,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (ladder, rung) REFERENCES notice_rung (ladder, rung),
  CHECK ((ladder IS NULL) = (rung IS NULL) AND (ladder IS NULL) = (person IS NULL)),
  UNIQUE (ladder, rung, person)
);
CREATE INDEX notice_by_case ON notice (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX notice_by_imei ON notice (imei) WHERE imei IS NOT NULL;
CREATE INDEX notice_by_person ON notice USING gin (persons);

-- What became of a notice. A notice without a row here is planned.
CREATE TABLE notice_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notice bigint NOT NULL REFERENCES notice (id),
  -- tried: it is being handed to a channel; sent: the channel accepted it; deferred: it did not, and is asked again;
  -- refused: this contact is given up; failed: all contacts are; delivered: a receipt came; answered: the person replied;
  -- withdrawn, expired: it is not sent any more
  state text NOT NULL CHECK (state IN
    ('tried', 'sent', 'deferred', 'refused', 'failed', 'delivered', 'answered', 'withdrawn', 'expired')),
  at timestamptz NOT NULL,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- which of the contacts, from 0, and the how manieth attempt there, from 1
  contact smallint,
  channel text,
  attempt smallint,
  -- a code or a word, without personal data
  because text
);
CREATE INDEX notice_event_by_notice ON notice_event (notice, id);

-- By what a channel knows the parts of what it accepted. Gateways begin their numbers anew at times: the newest counts.
CREATE TABLE notice_part (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway text NOT NULL,
  message text NOT NULL,
  notice bigint NOT NULL REFERENCES notice (id),
  contact smallint NOT NULL,
  attempt smallint NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX notice_part_by_message ON notice_part (gateway, message, id);
CREATE INDEX notice_part_by_notice ON notice_part (notice);

-- Receipts as they came; one may come before we have recorded that the message was accepted, and finds its part then.
CREATE TABLE notice_receipt (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway text NOT NULL,
  message text NOT NULL,
  state text NOT NULL CHECK (state IN ('delivered', 'refused')),
  -- when it was delivered or given up, as the channel tells it, or when we learnt it
  at timestamptz NOT NULL,
  because text,
  -- the part it is about; set once
  part bigint REFERENCES notice_part (id),
  recorded timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX notice_receipt_unknown ON notice_receipt (gateway, message) WHERE part IS NULL;
CREATE INDEX notice_receipt_by_part ON notice_receipt (part) WHERE part IS NOT NULL;

-- The work: what is to be sent, or waits for its receipt. Rows change and go; what happened stands in the ledger.
CREATE TABLE notice_due (
  notice bigint PRIMARY KEY REFERENCES notice (id),
  channel text NOT NULL,
  -- the contact to be tried next, and the attempts made there
  contact smallint NOT NULL DEFAULT 0,
  attempts smallint NOT NULL DEFAULT 0,
  at timestamptz NOT NULL,
  until timestamptz,
  -- may be sent in quiet hours
  urgent boolean NOT NULL,
  waits text NOT NULL DEFAULT 'send' CHECK (waits IN ('send', 'receipt')),
  -- a sender has it in hand until then
  claimed timestamptz
);
CREATE INDEX notice_due_next ON notice_due (channel, at);

CREATE FUNCTION notice_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- the same content may be sealed again under another key, and goes when its time is over
  IF TG_TABLE_NAME = 'notice' AND TG_OP = 'UPDATE'
    AND (to_jsonb(OLD) - '{contacts,content}'::text[]) = (to_jsonb(NEW) - '{contacts,content}'::text[])
  THEN RETURN NEW; END IF;
  IF TG_TABLE_NAME = 'notice_receipt' AND TG_OP = 'UPDATE' AND to_jsonb(OLD) -> 'part' = 'null'
    AND (to_jsonb(OLD) - 'part') = (to_jsonb(NEW) - 'part')
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what people were told is only added to' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER notice_text_only_added BEFORE UPDATE OR DELETE ON notice_text FOR EACH ROW EXECUTE FUNCTION notice_only_added();
CREATE TRIGGER notice_ladder_only_added BEFORE UPDATE OR DELETE ON notice_ladder FOR EACH ROW EXECUTE FUNCTION notice_only_added();
CREATE TRIGGER notice_ladder_withdrawn_only_added BEFORE UPDATE OR DELETE ON notice_ladder_withdrawn
  FOR EACH ROW EXECUTE FUNCTION notice_only_added();
CREATE TRIGGER notice_rung_only_added BEFORE UPDATE OR DELETE ON notice_rung FOR EACH ROW EXECUTE FUNCTION notice_only_added();
CREATE TRIGGER notice_only_added BEFORE UPDATE OR DELETE ON notice FOR EACH ROW EXECUTE FUNCTION notice_only_added();
CREATE TRIGGER notice_event_only_added BEFORE UPDATE OR DELETE ON notice_event FOR EACH ROW EXECUTE FUNCTION notice_only_added();
CREATE TRIGGER notice_part_only_added BEFORE UPDATE OR DELETE ON notice_part FOR EACH ROW EXECUTE FUNCTION notice_only_added();
CREATE TRIGGER notice_receipt_only_added BEFORE UPDATE OR DELETE ON notice_receipt FOR EACH ROW EXECUTE FUNCTION notice_only_added();

-- The notices of ladders with when each counts as told, and whether it was sent in time; null where it was not.
CREATE VIEW notice_told AS
SELECT n.ladder, n.rung, n.person, n.id AS notice,
  CASE
    WHEN l.proof = 'accepted' THEN least(e.sent, e.answered)
    ELSE least(e.delivered, e.answered)
  END AS reached,
  CASE WHEN l.unreachable = 'told' THEN e.failed END AS given_up,
  coalesce(e.sent >= r.due AND e.sent < r.until, false) AS sent_in_time,
  coalesce(e.tried >= r.due AND e.tried < r.until, false) AS tried_in_time
FROM notice AS n
JOIN notice_ladder AS l ON l.id = n.ladder
JOIN notice_rung AS r ON r.ladder = n.ladder AND r.rung = n.rung
CROSS JOIN LATERAL (
  SELECT min(at) FILTER (WHERE state = 'tried') AS tried,
    min(at) FILTER (WHERE state = 'sent') AS sent,
    min(at) FILTER (WHERE state = 'delivered') AS delivered,
    min(at) FILTER (WHERE state = 'answered') AS answered,
    min(at) FILTER (WHERE state = 'failed') AS failed
  FROM notice_event WHERE notice = n.id) AS e;

-- Whether a block at a time has all its notices behind it: the day has come, nothing was withdrawn, everybody was told on
-- every rung in time, and for the first time early enough.
CREATE FUNCTION notice_ladder_complete(ladder_id bigint, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM notice_ladder AS l
    WHERE l.id = ladder_id AND l.block_at <= at
      AND NOT EXISTS (SELECT 1 FROM notice_ladder_withdrawn AS w WHERE w.ladder = l.id)
      AND l.people * (SELECT count(*) FROM notice_rung AS r WHERE r.ladder = l.id) = (
        SELECT count(*) FROM notice_told AS t WHERE t.ladder = l.id
          AND ((t.sent_in_time AND t.reached <= at) OR (t.tried_in_time AND t.given_up <= at)))
      AND NOT EXISTS (
        SELECT 1 FROM notice_told AS t WHERE t.ladder = l.id
        GROUP BY t.person HAVING coalesce(min(least(t.reached, t.given_up)), 'infinity') >= l.told_before)
      -- with nobody to be told it is the ladder itself that stood for so many days
      AND (l.people > 0 OR l.opened < l.told_before))
$$;

CREATE FUNCTION notice_ladder_complete(ladder_id bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT notice_ladder_complete(ladder_id, now())
$$;

CREATE FUNCTION notice_ladder_allows(ladder_id bigint, blocked_imei text, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM notice_ladder AS l WHERE l.id = ladder_id AND blocked_imei = ANY (l.imeis))
    AND notice_ladder_complete(ladder_id, at)
$$;
