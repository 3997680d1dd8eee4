-- What offices change in the control lists of networks: a hold says who keeps which IMEI on which list, and why. What
-- networks act on is the union of all open holds (`control_entry`); each change of it has a number in a journal without
-- gaps, one for each list (`control_change`). The lists that runs make of standings have their own log, in analytics.

-- Who keeps an IMEI on a list. Never deleted: it is released, once.
CREATE TABLE control_hold (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  list text NOT NULL CHECK (list IN ('blocked', 'tracked', 'permitted')),
  imei text NOT NULL CHECK (imei ~ '^[0-9]{14}$'),
  -- one of those that are joined by '|' in the entry
  reason text NOT NULL CHECK (reason <> '' AND reason !~ '[|[:cntrl:]]'),
  -- what keeps it there, such as theft:<case>; it alone lets go
  holder text NOT NULL CHECK (holder <> ''),
  -- the law that allows a block without notice
  basis text CHECK (basis <> ''),
  -- the ladder of notices that came before the block
  ladder bigint,
  placed timestamptz NOT NULL,
  -- lets go by itself at this time; null: not before it is released
  until timestamptz CHECK (until > placed),
  placed_by text NOT NULL,
  released timestamptz,
  released_by text,
  released_because text,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((released IS NULL) = (released_by IS NULL) AND (released IS NULL) = (released_because IS NULL)),
  CHECK (list <> 'blocked' OR (basis IS NULL) <> (ladder IS NULL))
);
CREATE UNIQUE INDEX control_hold_open ON control_hold (list, imei, holder, reason) WHERE released IS NULL;
CREATE INDEX control_hold_by_imei ON control_hold (imei);
CREATE INDEX control_hold_by_holder ON control_hold (holder) WHERE released IS NULL;
CREATE INDEX control_hold_until ON control_hold (until) WHERE released IS NULL;

-- A subscriber who is admitted with an IMEI although it is blocked, at one operator. Never deleted: it is released, once.
CREATE TABLE control_pair (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operator text NOT NULL CHECK (operator ~ '^[a-z0-9_]{1,16}$'),
  imei text NOT NULL CHECK (imei ~ '^[0-9]{14}$'),
  -- pseudonyms; msisdn_key is '' where there is none
  imsi_key text NOT NULL,
  msisdn_key text NOT NULL,
  -- IMSI and MSISDN as the feed needs them, sealed; emptied when a released pair was kept for long enough
  subscriber bytea CHECK (subscriber IS NOT NULL OR released IS NOT NULL),
  holder text NOT NULL CHECK (holder <> ''),
  placed timestamptz NOT NULL,
  placed_by text NOT NULL,
  released timestamptz,
  released_by text,
  released_because text,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((released IS NULL) = (released_by IS NULL) AND (released IS NULL) = (released_because IS NULL))
);
CREATE UNIQUE INDEX control_pair_open ON control_pair (operator, imei, imsi_key, msisdn_key, holder) WHERE released IS NULL;
CREATE INDEX control_pair_by_imei ON control_pair (imei, imsi_key);
CREATE INDEX control_pair_released ON control_pair (released) WHERE subscriber IS NOT NULL;
CREATE INDEX control_pair_by_holder ON control_pair (holder) WHERE released IS NULL;
CREATE INDEX control_pair_by_imsi ON control_pair (imsi_key) WHERE released IS NULL;
CREATE INDEX control_pair_by_msisdn ON control_pair (msisdn_key) WHERE released IS NULL;

-- The lists; operator is '' where the list is common to all. Whoever numbers changes of a list holds its row. The last
-- number is that of the last change: one kept here would have as many versions as a transaction has changes, and each
-- change would pass all of them.
CREATE TABLE control_head (
  list text NOT NULL CHECK (list IN ('blocked', 'tracked', 'permitted', 'exceptions')),
  operator text NOT NULL,
  PRIMARY KEY (list, operator),
  CHECK ((list = 'exceptions') = (operator <> ''))
);
INSERT INTO control_head (list, operator) VALUES ('blocked', ''), ('tracked', ''), ('permitted', '');

-- The lists as networks have them. imsi_key and msisdn_key are of exceptions only, as in control_pair.
CREATE TABLE control_entry (
  list text NOT NULL,
  operator text NOT NULL,
  imei text NOT NULL,
  imsi_key text NOT NULL,
  msisdn_key text NOT NULL,
  -- distinct reasons of the open holds, sorted, joined by '|'
  reasons text NOT NULL,
  -- when it came on the list
  since timestamptz NOT NULL,
  -- the number of its last change
  seq bigint NOT NULL,
  PRIMARY KEY (list, operator, imei, imsi_key, msisdn_key),
  FOREIGN KEY (list, operator) REFERENCES control_head
);
CREATE INDEX control_entry_by_imei ON control_entry (imei);

-- Every change of control_entry in its order. A removal has the content that goes.
CREATE TABLE control_change (
  list text NOT NULL,
  operator text NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  op text NOT NULL CHECK (op IN ('add', 'remove', 'update')),
  imei text NOT NULL,
  imsi_key text NOT NULL,
  msisdn_key text NOT NULL,
  reasons text NOT NULL,
  since timestamptz NOT NULL,
  -- the hold that brought it about; of exceptions the pair, which has the numbers
  cause bigint NOT NULL,
  at timestamptz NOT NULL,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (list, operator, seq),
  FOREIGN KEY (list, operator) REFERENCES control_head
);

CREATE FUNCTION control_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % stay as they are', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER control_change_stays BEFORE UPDATE OR DELETE ON control_change FOR EACH ROW EXECUTE FUNCTION control_refuse();
CREATE TRIGGER control_change_whole BEFORE TRUNCATE ON control_change EXECUTE FUNCTION control_refuse();
CREATE TRIGGER control_hold_stays BEFORE DELETE ON control_hold FOR EACH ROW EXECUTE FUNCTION control_refuse();
CREATE TRIGGER control_hold_whole BEFORE TRUNCATE ON control_hold EXECUTE FUNCTION control_refuse();
CREATE TRIGGER control_pair_stays BEFORE DELETE ON control_pair FOR EACH ROW EXECUTE FUNCTION control_refuse();
CREATE TRIGGER control_pair_whole BEFORE TRUNCATE ON control_pair EXECUTE FUNCTION control_refuse();

-- Notes which heads the transaction will have to hold, so that it takes them in one order: two never wait for each other.
CREATE FUNCTION control_note(list text, operator text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  noted text := coalesce(current_setting('ceir.control', true), '');
  head text := ' ' || list || '@' || operator || ' ';
BEGIN
  IF position(head IN noted) = 0 THEN PERFORM set_config('ceir.control', noted || head, true); END IF;
END $$;

-- The last guard of ITU-T Q.5050 §9.7: nobody is blocked without notice unless a law allows it. And: a hold only ends.
CREATE FUNCTION control_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.released IS NOT NULL OR NEW.released IS NULL
      OR (to_jsonb(OLD) - '{released,released_by,released_because}'::text[])
        <> (to_jsonb(NEW) - '{released,released_by,released_because}'::text[])
    THEN RAISE EXCEPTION 'a hold is released once, and otherwise stays' USING ERRCODE = 'restrict_violation'; END IF;
  ELSIF NEW.list = 'blocked' AND NEW.basis IS NULL AND notice_ladder_allows(NEW.ladder, NEW.imei, NEW.placed) IS NOT TRUE THEN
    RAISE EXCEPTION 'a block needs a legal basis or a ladder of notices that is complete' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM control_note(NEW.list, '');
  RETURN NEW;
END $$;
CREATE TRIGGER control_hold_guard BEFORE INSERT OR UPDATE ON control_hold FOR EACH ROW EXECUTE FUNCTION control_hold_guard();

CREATE FUNCTION control_pair_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- its numbers may be sealed anew, or emptied after its end; that is no change of a list
  IF TG_OP = 'UPDATE' AND OLD.subscriber IS DISTINCT FROM NEW.subscriber
    AND (to_jsonb(OLD) - 'subscriber') = (to_jsonb(NEW) - 'subscriber')
  THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND (OLD.released IS NOT NULL OR NEW.released IS NULL
    OR (to_jsonb(OLD) - '{released,released_by,released_because}'::text[])
      <> (to_jsonb(NEW) - '{released,released_by,released_because}'::text[]))
  THEN RAISE EXCEPTION 'a pair is released once, and otherwise stays' USING ERRCODE = 'restrict_violation'; END IF;
  PERFORM control_note('exceptions', NEW.operator);
  RETURN NEW;
END $$;
CREATE TRIGGER control_pair_guard BEFORE INSERT OR UPDATE ON control_pair FOR EACH ROW EXECUTE FUNCTION control_pair_guard();

-- Takes all heads that the transaction needs, in their order, that of readings first where it will be needed too. What is
-- read after this is what the numbers go on from.
CREATE FUNCTION control_lock() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  head record;
BEGIN
  IF current_setting('ceir.control', true) = '' THEN RETURN; END IF;
  -- those of others are never seen: they are gone when they commit
  IF EXISTS (SELECT 1 FROM access_pending) THEN PERFORM 1 FROM access_head FOR UPDATE; END IF;
  FOR head IN
    SELECT split_part(noted, '@', 1) AS list, split_part(noted, '@', 2) AS operator
    FROM regexp_split_to_table(trim(current_setting('ceir.control', true)), ' +') AS noted ORDER BY 1, 2
  LOOP
    INSERT INTO control_head (list, operator) VALUES (head.list, head.operator) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM control_head AS h WHERE h.list = head.list AND h.operator = head.operator FOR UPDATE;
  END LOOP;
  PERFORM set_config('ceir.control', '', true);
END $$;

-- Numbers a change and makes it.
CREATE FUNCTION control_append(change control_change) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SELECT coalesce(max(c.seq), 0) + 1 INTO change.seq FROM control_change AS c
    WHERE c.list = change.list AND c.operator = change.operator;
  change.recorded := clock_timestamp();
  INSERT INTO control_change SELECT (change).*;
  IF change.op = 'remove' THEN
    DELETE FROM control_entry AS e WHERE e.list = change.list AND e.operator = change.operator AND e.imei = change.imei
      AND e.imsi_key = change.imsi_key AND e.msisdn_key = change.msisdn_key;
  ELSE
    INSERT INTO control_entry (list, operator, imei, imsi_key, msisdn_key, reasons, since, seq)
      VALUES (change.list, change.operator, change.imei, change.imsi_key, change.msisdn_key, change.reasons,
        change.since, change.seq)
      ON CONFLICT (list, operator, imei, imsi_key, msisdn_key)
      DO UPDATE SET reasons = excluded.reasons, seq = excluded.seq;
  END IF;
  PERFORM pg_notify('ceir_control', '');
END $$;

-- At the end of the transaction: what all open holds together say, against what networks have. The head is taken only
-- here, within the commit, so that no transaction waits for what another one does beside its holds.
CREATE FUNCTION control_hold_settle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  held text;
  entry control_entry;
  change control_change;
BEGIN
  PERFORM control_lock();
  SELECT string_agg(reason, '|' ORDER BY reason COLLATE "C") INTO held FROM (
    SELECT DISTINCT h.reason FROM control_hold AS h
    WHERE h.list = NEW.list AND h.imei = NEW.imei AND h.released IS NULL) AS reasons;
  SELECT * INTO entry FROM control_entry AS e
    WHERE e.list = NEW.list AND e.operator = '' AND e.imei = NEW.imei AND e.imsi_key = '' AND e.msisdn_key = '';
  IF entry.reasons IS NOT DISTINCT FROM held THEN RETURN NULL; END IF;
  change.list := NEW.list;
  change.operator := '';
  change.op := CASE WHEN held IS NULL THEN 'remove' WHEN entry.reasons IS NULL THEN 'add' ELSE 'update' END;
  change.imei := NEW.imei;
  change.imsi_key := '';
  change.msisdn_key := '';
  change.reasons := coalesce(held, entry.reasons);
  change.since := coalesce(entry.since, NEW.placed);
  change.cause := NEW.id;
  change.at := coalesce(NEW.released, NEW.placed);
  PERFORM control_append(change);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER control_hold_settle AFTER INSERT OR UPDATE OF released ON control_hold
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION control_hold_settle();

CREATE FUNCTION control_pair_settle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_open boolean;
  entry control_entry;
  change control_change;
BEGIN
  PERFORM control_lock();
  SELECT EXISTS (SELECT 1 FROM control_pair AS p WHERE p.operator = NEW.operator AND p.imei = NEW.imei
    AND p.imsi_key = NEW.imsi_key AND p.msisdn_key = NEW.msisdn_key AND p.released IS NULL) INTO is_open;
  SELECT * INTO entry FROM control_entry AS e WHERE e.list = 'exceptions' AND e.operator = NEW.operator
    AND e.imei = NEW.imei AND e.imsi_key = NEW.imsi_key AND e.msisdn_key = NEW.msisdn_key;
  IF is_open = (entry.list IS NOT NULL) THEN RETURN NULL; END IF;
  change.list := 'exceptions';
  change.operator := NEW.operator;
  change.op := CASE WHEN is_open THEN 'add' ELSE 'remove' END;
  change.imei := NEW.imei;
  change.imsi_key := NEW.imsi_key;
  change.msisdn_key := NEW.msisdn_key;
  change.reasons := '';
  change.since := coalesce(entry.since, NEW.placed);
  change.cause := NEW.id;
  change.at := coalesce(NEW.released, NEW.placed);
  PERFORM control_append(change);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER control_pair_settle AFTER INSERT OR UPDATE OF released ON control_pair
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION control_pair_settle();
