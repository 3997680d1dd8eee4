-- Cases: thefts and losses, what networks saw of such devices since and what the police do about it, appeals and complaints.
-- States are those of the machines in src/cases; every move of one stands in a row of events. Times `at` are those of what
-- happened, `recorded` those at which we learnt it. Nothing here tells where a device is.

-- Devices that were reported together: a stolen cargo.
CREATE TABLE theft_cargo (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- what its reporter quotes
  reference text NOT NULL UNIQUE CHECK (length(reference) = 11),
  organisation uuid NOT NULL,
  reporter text NOT NULL,
  devices integer NOT NULL CHECK (devices > 0),
  opened timestamptz NOT NULL
);

-- A report of a theft or loss, and the case that it is.
CREATE TABLE theft (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- order of arrival, by which pages go
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  -- what its reporter quotes
  reference text NOT NULL UNIQUE CHECK (length(reference) = 11),
  cargo uuid REFERENCES theft_cargo (id),
  -- known once something is proved: nobody enters a device by merely claiming that it was taken
  device uuid REFERENCES device (id),
  -- the open case beside which this report is a claim
  beside uuid REFERENCES theft (id),
  state text NOT NULL,
  -- since when
  since timestamptz NOT NULL,
  -- the last day of what runs out in this state, in the country's time: a provisional block, a draft
  due date,
  -- who brought it in: as what, for which organisation; an account, or the pseudonym of a proved number
  party text NOT NULL CHECK (party IN ('owner', 'operator', 'police', 'dealer')),
  reporter text NOT NULL,
  organisation uuid,
  -- the unit of the police whose case it is; null: the national level's
  unit text,
  kind text NOT NULL CHECK (kind IN ('lost', 'stolen', 'robbed', 'fraud_obtained')),
  -- ISO 3166-1 alpha-2
  country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  day date NOT NULL,
  -- a district
  place text,
  station text,
  complaint text,
  make text,
  model text,
  colour text,
  storage text,
  mode text NOT NULL CHECK (mode IN ('block', 'recovery')),
  kill_switch text NOT NULL CHECK (kill_switch IN ('on', 'off', 'unknown', 'activated')),
  -- how use or ownership was proved
  proof text CHECK (proof IN ('number', 'invoice', 'police')),
  -- pseudonym of what proved it: who has the device again shows the same
  proof_key text,
  -- sealed: numbers and addresses (class contact), names and documents (class identity), invoice (class proof)
  contact bytea,
  owner bytea,
  invoice bytea,
  -- pseudonyms of the contact's number and electronic address
  msisdn_key text,
  email_key text,
  -- when networks were first told
  held timestamptz,
  opened timestamptz NOT NULL,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX theft_by_device ON theft (device) WHERE device IS NOT NULL;
CREATE INDEX theft_by_reporter ON theft (reporter, number);
CREATE INDEX theft_by_organisation ON theft (organisation, number) WHERE organisation IS NOT NULL;
CREATE INDEX theft_by_msisdn ON theft (msisdn_key) WHERE msisdn_key IS NOT NULL;
CREATE INDEX theft_by_unit ON theft (unit, number);
CREATE INDEX theft_due ON theft (due, id) WHERE due IS NOT NULL;
CREATE INDEX theft_beside ON theft (beside) WHERE beside IS NOT NULL;
CREATE INDEX theft_by_state ON theft (state, since);

-- The IMEIs of a case: those that were reported, and those that the register knows of the same device.
CREATE TABLE theft_imei (
  theft uuid NOT NULL REFERENCES theft (id),
  imei text NOT NULL CHECK (imei ~ '^[0-9]{14}$'),
  -- in the order of the report
  place smallint NOT NULL,
  -- networks are told of it, because of this case
  held boolean NOT NULL DEFAULT false,
  PRIMARY KEY (theft, imei)
);
-- A device has one open case: so no IMEI is held for two.
CREATE UNIQUE INDEX theft_imei_held ON theft_imei (imei) WHERE held;
CREATE INDEX theft_imei_by_imei ON theft_imei (imei);

-- Every move of a case: who, when, from where to where. Evidence holds no personal data.
CREATE TABLE theft_event (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  theft uuid NOT NULL REFERENCES theft (id),
  event text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  -- as which of the parties of the case
  party text NOT NULL,
  actor text NOT NULL,
  organisation uuid,
  evidence jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL,
  recorded timestamptz NOT NULL
);
CREATE INDEX theft_event_by_theft ON theft_event (theft, number);
CREATE TRIGGER theft_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON theft_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who has the device in hand, from one to the next. Each row has the hash of the one before in its own: what is altered,
-- taken out or put in later shows.
CREATE TABLE theft_custody (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  theft uuid NOT NULL REFERENCES theft (id),
  -- without gaps, from 1 on
  step integer NOT NULL CHECK (step > 0),
  holder text NOT NULL CHECK (holder IN ('finder', 'police', 'owner', 'court', 'dealer')),
  -- of police: the unit, '' for the national level
  unit text,
  -- the number of the receipt that was given for it
  receipt text NOT NULL CHECK (receipt <> ''),
  -- who signed: a name, sealed (class identity), and its pseudonym
  person bytea,
  person_key text,
  actor text NOT NULL,
  organisation uuid,
  at timestamptz NOT NULL,
  recorded timestamptz NOT NULL,
  -- SHA-256, hexadecimal; of the first row 64 zeros
  previous text NOT NULL CHECK (previous ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  UNIQUE (theft, step)
);

-- What a police unit has to do about a device that was seen.
CREATE TABLE theft_task (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  theft uuid NOT NULL REFERENCES theft (id),
  -- null: the national level
  unit text,
  state text NOT NULL,
  since timestamptz NOT NULL,
  -- the last day for it, in the country's time
  due date NOT NULL,
  -- the task out of which it came: another unit's that handed it over, or one that was not done in time
  parent uuid REFERENCES theft_task (id),
  -- what its unit signs with when it accepts
  receipt text NOT NULL UNIQUE CHECK (length(receipt) = 11),
  -- what came of it
  outcome text,
  opened timestamptz NOT NULL
);
-- a level has one at a time
CREATE UNIQUE INDEX theft_task_pending ON theft_task (theft, coalesce(unit, ''))
  WHERE state IN ('open', 'accepted', 'overdue');
CREATE INDEX theft_task_by_unit ON theft_task (unit, number);
CREATE INDEX theft_task_by_theft ON theft_task (theft);
CREATE INDEX theft_task_due ON theft_task (due, id) WHERE state IN ('open', 'accepted');

CREATE TABLE theft_task_event (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task uuid NOT NULL REFERENCES theft_task (id),
  event text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  actor text NOT NULL,
  organisation uuid,
  evidence jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL
);
CREATE INDEX theft_task_event_by_task ON theft_task_event (task, number);
CREATE TRIGGER theft_task_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON theft_task_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- That somebody used a device after its hold began: once a subscriber and day. Who it was is sealed; where, nobody told us.
CREATE TABLE theft_trace (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  theft uuid NOT NULL REFERENCES theft (id),
  imei text NOT NULL,
  -- in the country's time
  day date NOT NULL,
  at timestamptz NOT NULL,
  operator text NOT NULL,
  -- pseudonym of the subscriber; '' where the network told none
  subscriber_key text NOT NULL,
  -- IMSI and MSISDN (class trace); null where there is none, or its time is over
  subscriber bytea,
  task uuid NOT NULL REFERENCES theft_task (id),
  recorded timestamptz NOT NULL,
  UNIQUE (theft, subscriber_key, day)
);
CREATE INDEX theft_trace_by_task ON theft_trace (task);

-- Appeals against decisions, and complaints.
CREATE TABLE appeal (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  reference text NOT NULL UNIQUE CHECK (length(reference) = 11),
  form text NOT NULL CHECK (form IN ('appeal', 'complaint')),
  -- against what: standing (IMEI:condition), theft (UUID of the case), refusal, dispute, consignment (ids of their rooms)
  kind text NOT NULL CHECK (kind IN ('standing', 'theft', 'refusal', 'dispute', 'consignment')),
  against text NOT NULL CHECK (against <> ''),
  imei text CHECK (imei ~ '^[0-9]{14}$'),
  -- the label of the condition, or what else decided by rule
  rule text,
  -- the organisation whose entry it is against: it is asked first
  inserter uuid,
  state text NOT NULL,
  since timestamptz NOT NULL,
  -- who objects: an account or the pseudonym of a proved number, and for which organisation
  appellant text NOT NULL,
  organisation uuid,
  -- how to reach him, sealed (class contact)
  contact bytea,
  -- who examines it
  examiner text,
  -- the limit that runs: counted days from a day on; the end is worked out anew each time
  from_day date NOT NULL,
  days integer NOT NULL CHECK (days > 0),
  -- counted days that the authority has left while evidence is waited for
  left_days integer,
  -- that it is late was told
  reminded timestamptz,
  -- why it was decided so, as the appellant is told
  reasons text,
  opened timestamptz NOT NULL,
  decided timestamptz,
  recorded timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX appeal_open ON appeal (kind, against, appellant, form)
  WHERE state IN ('opened', 'in_review', 'evidence_asked');
CREATE INDEX appeal_by_appellant ON appeal (appellant, number);
CREATE INDEX appeal_by_against ON appeal (kind, against);
CREATE INDEX appeal_by_inserter ON appeal (inserter, number) WHERE inserter IS NOT NULL;
CREATE INDEX appeal_by_state ON appeal (state, number);
CREATE INDEX appeal_decided ON appeal (rule, decided) WHERE decided IS NOT NULL AND form = 'appeal';

CREATE TABLE appeal_event (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal uuid NOT NULL REFERENCES appeal (id),
  event text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  party text NOT NULL,
  actor text NOT NULL,
  organisation uuid,
  evidence jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL
);
CREATE INDEX appeal_event_by_appeal ON appeal_event (appeal, number);
CREATE TRIGGER appeal_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON appeal_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was said and shown in an appeal, sealed (class proof).
CREATE TABLE appeal_exhibit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal uuid NOT NULL REFERENCES appeal (id),
  -- grounds and evidence of the appellant, statement of the inserter
  party text NOT NULL CHECK (party IN ('appellant', 'inserter')),
  content bytea,
  at timestamptz NOT NULL
);
CREATE INDEX appeal_exhibit_by_appeal ON appeal_exhibit (appeal, id);

-- The effect of a rule on an IMEI is held off: while an appeal is undecided (its clock stands), or for good because one
-- succeeded (then an effect that is there already ends too). Whoever blocks asks `stayed_block()`.
CREATE TABLE stay (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal uuid NOT NULL REFERENCES appeal (id),
  imei text NOT NULL CHECK (imei ~ '^[0-9]{14}$'),
  -- label of the condition, or the reason of a hold
  reason text NOT NULL CHECK (reason <> ''),
  -- an appeal succeeded: for good
  overturned boolean NOT NULL,
  -- days of the country: from the first, and without the last; null while it lasts
  since date NOT NULL,
  until date CHECK (until >= since),
  recorded timestamptz NOT NULL,
  ended timestamptz,
  CHECK ((until IS NULL) = (ended IS NULL))
);
CREATE INDEX stay_by_imei ON stay (imei, reason);
CREATE INDEX stay_by_appeal ON stay (appeal);
CREATE INDEX stay_open ON stay (id) WHERE until IS NULL;

-- The day on which a block that a rule set for `block_day` takes effect: later by the days on which its clock stood; null
-- while it is held off.
CREATE FUNCTION stayed_block(of_imei text, of_reason text, block_day date) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM stay AS s WHERE s.imei = of_imei AND s.reason = of_reason AND s.until IS NULL
      AND (s.overturned OR s.since <= block_day)) THEN NULL
    ELSE block_day + coalesce((SELECT sum(s.until - s.since) FROM stay AS s WHERE s.imei = of_imei
      AND s.reason = of_reason AND NOT s.overturned AND s.until IS NOT NULL AND s.since <= block_day), 0)::integer
  END
$$;

-- A rule that was overturned too often decides nothing new until two persons let it.
CREATE TABLE rule_pause (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule text NOT NULL CHECK (rule <> ''),
  -- by how many of how many decided appeals since which day; null where a person paused it
  overturned integer,
  decided integer,
  window_from date,
  because text NOT NULL,
  paused timestamptz NOT NULL,
  paused_by text NOT NULL,
  resumed timestamptz,
  resumed_by text,
  -- the proposal that two persons agreed on
  approval uuid,
  CHECK ((resumed IS NULL) = (resumed_by IS NULL) AND (resumed IS NULL) = (approval IS NULL))
);
CREATE UNIQUE INDEX rule_pause_open ON rule_pause (rule) WHERE resumed IS NULL;
CREATE INDEX rule_pause_by_rule ON rule_pause (rule, paused);
