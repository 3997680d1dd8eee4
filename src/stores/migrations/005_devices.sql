-- Devices: what is known of each, from when to when, since when we know it, and from whom. A device is what its facts say;
-- nothing of them is ever changed, only superseded.

CREATE TABLE device (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- where the newest of its events (kind `event`, by when they happened) has brought it; null while none is known
  stage text,
  -- when that event happened
  stage_at timestamptz,
  -- the device that it turned out to be; it is no device of its own any more
  united_into uuid REFERENCES device (id),
  -- when that was learnt
  united timestamptz,
  entered timestamptz NOT NULL,
  CHECK ((stage IS NULL) = (stage_at IS NULL)),
  CHECK ((united_into IS NULL) = (united IS NULL) AND united_into <> id)
);
CREATE INDEX device_united ON device (united_into) WHERE united_into IS NOT NULL;

CREATE TABLE device_fact (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device uuid NOT NULL REFERENCES device (id),
  -- identifiers: imei, eid, serial (JSON of maker, model, number), gtin, mac; maker, model; event: what happened to it, by
  -- the name of the event; seen: a network saw it, with the pseudonym of the person where one was named
  kind text NOT NULL CHECK (kind IN ('imei', 'eid', 'serial', 'gtin', 'mac', 'maker', 'model', 'event', 'seen')),
  value text NOT NULL CHECK (
    CASE kind WHEN 'imei' THEN value ~ '^[0-9]{14}$' WHEN 'seen' THEN value ~ '^([0-9a-f]{32})?$' ELSE true END),
  -- SIM slot of an IMEI or place of a chip, from 1
  slot smallint CHECK (slot > 0),
  -- what else is to be kept: roles and findings of an event, its note
  detail jsonb,
  -- the time in which it is true: from this moment on, up to but without the other; null: no end is known
  happened_from timestamptz NOT NULL,
  happened_to timestamptz CHECK (happened_to >= happened_from),
  -- when it was learnt, where from, in which batch, by whose act
  recorded timestamptz NOT NULL,
  source text NOT NULL CHECK (source <> ''),
  batch text,
  actor text NOT NULL,
  -- since when it is no longer held to be true, why, and the fact that says it better, if one does
  superseded timestamptz CHECK (superseded >= recorded),
  superseded_because text,
  superseded_by bigint REFERENCES device_fact (id),
  CHECK ((superseded IS NULL) = (superseded_because IS NULL)),
  CHECK (superseded_by IS NULL OR superseded IS NOT NULL)
);
CREATE INDEX device_fact_by_device ON device_fact (device, kind, happened_from);
-- who claims an identifier, and who ever did
CREATE INDEX device_fact_by_value ON device_fact (value, kind) WHERE kind IN ('imei', 'eid', 'serial', 'mac');
CREATE INDEX device_fact_by_batch ON device_fact (batch) WHERE batch IS NOT NULL;

CREATE FUNCTION device_fact_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.superseded IS NULL AND NEW.superseded IS NOT NULL
    AND to_jsonb(NEW) - '{superseded,superseded_because,superseded_by}'::text[]
      = to_jsonb(OLD) - '{superseded,superseded_because,superseded_by}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'facts are superseded, not changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER device_fact_stays BEFORE UPDATE OR DELETE ON device_fact
  FOR EACH ROW EXECUTE FUNCTION device_fact_stays();
CREATE TRIGGER device_fact_whole BEFORE TRUNCATE ON device_fact EXECUTE FUNCTION refuse_change();

-- By which device an identifier that singles out a device is known: the first that claimed it and still does. Two that
-- enter the same identifier at once wait for each other here.
CREATE TABLE device_key (
  kind text NOT NULL CHECK (kind IN ('imei', 'eid', 'serial', 'mac')),
  value text NOT NULL,
  device uuid NOT NULL REFERENCES device (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (kind, value)
);
CREATE INDEX device_key_by_device ON device_key (device);

-- What is strange about a device, with the identifiers and numbers that show it.
CREATE TABLE device_finding (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device uuid NOT NULL REFERENCES device (id),
  kind text NOT NULL,
  evidence jsonb NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'explained', 'confirmed')),
  found timestamptz NOT NULL,
  source text NOT NULL,
  batch text,
  -- who closed it, when, and why
  closed timestamptz,
  closed_by text,
  explanation text,
  CHECK ((state = 'open') = (closed IS NULL)),
  CHECK ((closed IS NULL) = (closed_by IS NULL) AND (closed IS NULL) = (explanation IS NULL))
);
-- the same is found once
CREATE UNIQUE INDEX device_finding_once ON device_finding (device, kind, md5(evidence::text));
CREATE INDEX device_finding_open ON device_finding (id) WHERE state = 'open';

-- A subscriber who is admitted with a device whatever the lists say of its IMEIs. It is kept for a person: the SIMs in it
-- change (device_pair_sim), the pair stays.
CREATE TABLE device_pair (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device uuid NOT NULL REFERENCES device (id),
  -- why: baseline, genuine, activation, transfer …
  reason text NOT NULL CHECK (reason <> ''),
  -- pseudonym of the person it is kept for, if one is known
  holder text CHECK (holder ~ '^[0-9a-f]{32}$'),
  -- the SIM that it began with: pseudonyms, and the numbers sealed (class contact) until retention empties them
  imsi_key text NOT NULL CHECK (imsi_key ~ '^[0-9a-f]{32}$'),
  imsi bytea,
  msisdn_key text CHECK (msisdn_key ~ '^[0-9a-f]{32}$'),
  msisdn bytea,
  operator text NOT NULL,
  happened_from timestamptz NOT NULL,
  -- when it ended; and when that was learnt, by whom, why. Set once.
  happened_to timestamptz CHECK (happened_to >= happened_from),
  recorded timestamptz NOT NULL,
  source text NOT NULL CHECK (source <> ''),
  batch text,
  actor text NOT NULL,
  ended timestamptz,
  ended_by text,
  ended_because text,
  CHECK (msisdn IS NULL OR msisdn_key IS NOT NULL),
  CHECK ((happened_to IS NULL) = (ended IS NULL) AND (ended IS NULL) = (ended_by IS NULL)
    AND (ended IS NULL) = (ended_because IS NULL))
);
CREATE INDEX device_pair_by_device ON device_pair (device);
CREATE INDEX device_pair_by_holder ON device_pair (holder) WHERE holder IS NOT NULL;

-- How pairs move: a SIM was changed, a number was ported, a person moved a pair by a code. Every row of the feeds stays
-- here, whether a pair moved by it or not: one may, once earlier rows arrive.
CREATE TABLE device_pair_move (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('sim_change', 'port', 'code')),
  -- of a code: the one pair that it moves
  pair bigint REFERENCES device_pair (id),
  -- the SIM before; of a port nobody tells it
  old_imsi_key text,
  new_imsi_key text NOT NULL,
  new_imsi bytea,
  -- the number, which a change of SIM and a port keep
  msisdn_key text,
  msisdn bytea,
  -- of a port
  from_operator text,
  -- null: it stays
  to_operator text,
  happened_from timestamptz NOT NULL,
  recorded timestamptz NOT NULL,
  source text NOT NULL CHECK (source <> ''),
  batch text,
  actor text NOT NULL,
  -- the one-time code that was proved, by its id: each moves one pair once
  proof text UNIQUE,
  CHECK ((kind = 'code') = (pair IS NOT NULL) AND (kind = 'code') = (proof IS NOT NULL)),
  CHECK (kind <> 'sim_change' OR old_imsi_key IS NOT NULL),
  CHECK (kind <> 'port' OR (msisdn_key IS NOT NULL AND from_operator IS NOT NULL AND to_operator IS NOT NULL)),
  UNIQUE NULLS NOT DISTINCT (kind, pair, old_imsi_key, new_imsi_key, msisdn_key, from_operator, to_operator, happened_from)
);
CREATE INDEX device_pair_move_by_imsi ON device_pair_move (old_imsi_key) WHERE old_imsi_key IS NOT NULL;
CREATE INDEX device_pair_move_by_msisdn ON device_pair_move (msisdn_key) WHERE kind = 'port';
CREATE INDEX device_pair_move_by_pair ON device_pair_move (pair) WHERE pair IS NOT NULL;

-- Which SIM a pair had when, as far as the moves are known: worked out from them, and anew when one arrives late.
CREATE TABLE device_pair_sim (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pair bigint NOT NULL REFERENCES device_pair (id),
  -- the move that brought it; null: the SIM that the pair began with
  move bigint REFERENCES device_pair_move (id),
  imsi_key text NOT NULL,
  msisdn_key text,
  operator text NOT NULL,
  happened_from timestamptz NOT NULL,
  happened_to timestamptz CHECK (happened_to >= happened_from),
  recorded timestamptz NOT NULL,
  superseded timestamptz
);
CREATE INDEX device_pair_sim_by_pair ON device_pair_sim (pair) WHERE superseded IS NULL;
CREATE INDEX device_pair_sim_by_imsi ON device_pair_sim (imsi_key) WHERE superseded IS NULL;
CREATE INDEX device_pair_sim_by_msisdn ON device_pair_sim (msisdn_key) WHERE superseded IS NULL AND msisdn_key IS NOT NULL;

-- Who has a device: only what the person has confirmed.
CREATE TABLE device_association (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device uuid NOT NULL REFERENCES device (id),
  -- pseudonym
  person text NOT NULL CHECK (person ~ '^[0-9a-f]{32}$'),
  -- by what: purchase, import, transfer …
  basis text NOT NULL CHECK (basis <> ''),
  -- the person's confirmation, by its id
  proof text NOT NULL UNIQUE CHECK (proof <> ''),
  happened_from timestamptz NOT NULL,
  -- when it ended; and when that was learnt, by whom, why. Set once.
  happened_to timestamptz CHECK (happened_to >= happened_from),
  recorded timestamptz NOT NULL,
  source text NOT NULL CHECK (source <> ''),
  batch text,
  actor text NOT NULL,
  ended timestamptz,
  ended_by text,
  ended_because text,
  CHECK ((happened_to IS NULL) = (ended IS NULL) AND (ended IS NULL) = (ended_by IS NULL)
    AND (ended IS NULL) = (ended_because IS NULL))
);
CREATE UNIQUE INDEX device_association_open ON device_association (device, person) WHERE ended IS NULL;
CREATE INDEX device_association_by_person ON device_association (person) WHERE ended IS NULL;

-- «This is not mine»: somebody disputes that a device is theirs (an association) or that they use it (a pair). While it is
-- undecided nothing is decided against the couple.
CREATE TABLE device_dispute (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- order of arrival, by which pages go
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  association bigint REFERENCES device_association (id),
  pair bigint REFERENCES device_pair (id),
  -- whose word it is: an account, or the pseudonym of a proved number
  opener text NOT NULL,
  -- what was said, sealed (class proof)
  statement bytea,
  state text NOT NULL CHECK (state IN ('open', 'in_review', 'overdue', 'upheld', 'rejected', 'withdrawn')),
  opened timestamptz NOT NULL,
  due timestamptz NOT NULL,
  CHECK ((association IS NULL) <> (pair IS NULL))
);
CREATE UNIQUE INDEX device_dispute_association ON device_dispute (association)
  WHERE association IS NOT NULL AND state IN ('open', 'in_review', 'overdue');
CREATE UNIQUE INDEX device_dispute_pair ON device_dispute (pair)
  WHERE pair IS NOT NULL AND state IN ('open', 'in_review', 'overdue');
CREATE INDEX device_dispute_undecided ON device_dispute (due) WHERE state IN ('open', 'in_review', 'overdue');

-- Each step of a dispute.
CREATE TABLE device_dispute_step (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dispute uuid NOT NULL REFERENCES device_dispute (id),
  event text NOT NULL,
  to_state text NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  -- what the person is told; no personal data
  reason text
);
CREATE INDEX device_dispute_step_by_dispute ON device_dispute_step (dispute, number);
