-- Personal data: the versions of the keys they are sealed under, who read them, how much one account may read, what was
-- deleted. The keys themselves are never here.

-- Every key that data were ever sealed under. A key that is destroyed takes with it what is still sealed under it, in
-- copies of this database too.
CREATE TABLE vault_key (
  class text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  -- tells whether a file of keys is that of this register; keyed, so that it says nothing of the key
  fingerprint text NOT NULL,
  made timestamptz NOT NULL,
  destroyed timestamptz,
  PRIMARY KEY (class, version)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- The last number of the log of readings, and the hash of its row. One row; whoever appends holds it.
CREATE TABLE access_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  number bigint NOT NULL,
  hash bytea NOT NULL
);
INSERT INTO access_head (number, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- Who read whose personal data, when, what for. Each row has the hash of the one before in its own: what is altered, taken
-- out or put in later shows (ceir audit-log verify).
CREATE TABLE access_log (
  -- without gaps, from 1 on
  number bigint PRIMARY KEY CHECK (number > 0),
  at timestamptz(3) NOT NULL,
  -- the account; never a name
  actor text NOT NULL,
  roles text[] NOT NULL CHECK (array_position(roles, NULL) IS NULL),
  -- the actor's organisation
  organisation text,
  -- what was done, as the table of acts or the command line calls it
  action text NOT NULL,
  purpose text NOT NULL CHECK (purpose <> ''),
  -- the case in which it was read
  case_ref text,
  -- whose data: an IMEI or an opaque id; never a name or a number
  subject text NOT NULL,
  -- which of them
  fields text[] NOT NULL CHECK (array_position(fields, NULL) IS NULL),
  -- of the row before; of the first row 32 bytes of zeros
  previous bytea NOT NULL CHECK (length(previous) = 32),
  -- SHA-256 of previous and of the content, as access_log_hash writes it
  hash bytea NOT NULL CHECK (length(hash) = 32)
);
CREATE INDEX access_log_by_actor ON access_log (actor, number);
CREATE INDEX access_log_by_subject ON access_log (subject, number);
CREATE INDEX access_log_by_case ON access_log (case_ref, number) WHERE case_ref IS NOT NULL;
CREATE TRIGGER access_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A text with its length in bytes before it, so that no two contents are written alike; '-,' where there is none.
CREATE FUNCTION net(value text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN value IS NULL THEN '-,' ELSE octet_length(convert_to(value, 'UTF8')) || ':' || value || ',' END
$$;

CREATE FUNCTION net_list(list text[]) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT net(coalesce(string_agg(net(value), '' ORDER BY place), '')) FROM unnest(list) WITH ORDINALITY AS all_of (value, place)
$$;

CREATE FUNCTION access_log_hash(entry access_log) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(entry.previous || convert_to(net(entry.number::text)
    || net(to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    || net(entry.actor) || net_list(entry.roles) || net(entry.organisation) || net(entry.action) || net(entry.purpose)
    || net(entry.case_ref) || net(entry.subject) || net_list(entry.fields), 'UTF8'))
$$;

-- What a transaction adds to the log stands here until it commits: only then is the head locked, after all other locks, so
-- that numbers have no gaps and those who read at once never wait for each other's work, or in a circle. Empty otherwise.
CREATE TABLE access_pending (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  roles text[] NOT NULL,
  organisation text,
  action text NOT NULL,
  purpose text NOT NULL,
  case_ref text,
  subject text NOT NULL,
  fields text[] NOT NULL
);

-- Runs for each row, and does the work of all of a transaction at the first: the head, written once for each row, would
-- have as many versions as rows, and each row would pass all of them.
CREATE FUNCTION access_append() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  head access_head;
  fresh access_pending;
  entry access_log;
BEGIN
  PERFORM 1 FROM access_pending WHERE id = NEW.id;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT * INTO STRICT head FROM access_head FOR UPDATE;
  FOR fresh IN SELECT * FROM access_pending ORDER BY id LOOP
    entry := ROW(head.number + 1, fresh.at, fresh.actor, fresh.roles, fresh.organisation, fresh.action, fresh.purpose,
      fresh.case_ref, fresh.subject, fresh.fields, head.hash, NULL);
    entry.hash := access_log_hash(entry);
    INSERT INTO access_log SELECT entry.*;
    head.number := entry.number;
    head.hash := entry.hash;
  END LOOP;
  DELETE FROM access_pending;
  UPDATE access_head SET number = head.number, hash = head.hash;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_append AFTER INSERT ON access_pending DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION access_append();

-- One log: what was recorded of readings before there was a chain begins it.
INSERT INTO access_pending (at, actor, roles, action, purpose, subject, fields)
  SELECT at, 'shell:' || reader, '{system}', verb, 'not recorded', subject, '{}' FROM personal_read ORDER BY number;
SET CONSTRAINTS access_append IMMEDIATE;
SET CONSTRAINTS access_append DEFERRED;
DROP TABLE personal_read;

-- Heads of the log that were signed: whoever has a copy elsewhere sees that rows after it, or all of them, were cut off or
-- chained anew.
CREATE TABLE access_checkpoint (
  number bigint PRIMARY KEY,
  hash bytea NOT NULL,
  at timestamptz NOT NULL,
  -- a compact JWS of type access-head
  token text NOT NULL
);
CREATE TRIGGER access_checkpoint_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON access_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- How much each account has read on each day of the country.
CREATE TABLE access_reads (
  actor text NOT NULL,
  day date NOT NULL,
  reads integer NOT NULL,
  PRIMARY KEY (actor, day)
);

-- What auditors are to look at.
CREATE TABLE access_alarm (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  -- the account that it is about
  actor text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  recorded timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX access_alarm_by_actor ON access_alarm (actor, id);
CREATE TRIGGER access_alarm_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON access_alarm
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was deleted because its time was over, a row a run.
CREATE TABLE deletion (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  -- of each rule that found something: table, class, whether rows went or columns were emptied, how many, and the SHA-256
  -- of their keys, one a line, in order
  rules jsonb NOT NULL,
  -- class and version of the keys that were destroyed with it
  keys jsonb NOT NULL,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER deletion_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON deletion
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The chain vouches for it: the entry has the hash of what the row says.
CREATE FUNCTION deletion_vouched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO access_pending (at, actor, roles, action, purpose, subject, fields)
    VALUES (NEW.at, 'system', '{system}', 'delete', 'retention', 'deletion:' || NEW.id,
      ARRAY[encode(sha256(convert_to(net(NEW.rules::text) || net(NEW.keys::text), 'UTF8')), 'hex')]);
  RETURN NULL;
END $$;
CREATE TRIGGER deletion_vouched AFTER INSERT ON deletion FOR EACH ROW EXECUTE FUNCTION deletion_vouched();
