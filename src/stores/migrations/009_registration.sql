-- Registration and trade: type approvals, makers' ranges, consignments, stock, first use, personal imports and visitors,
-- transfers, fees, the baseline. What happened to each stands in `registration_step` and is never overwritten; the state
-- in its own row is the last of these.

-- Every step of everything below that has states. `thing` names the table, `id` its row.
CREATE TABLE registration_step (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thing text NOT NULL,
  id uuid NOT NULL,
  event text NOT NULL,
  -- null: it began
  from_state text,
  to_state text NOT NULL,
  -- when it happened, and that day in the country's calendar
  at timestamptz NOT NULL,
  day date NOT NULL,
  recorded timestamptz NOT NULL,
  -- an account, the pseudonym of a number, or `system`
  by_whom text NOT NULL,
  -- a reason, a reference of papers: no personal data
  note text,
  -- what is strange about it although it happened
  finding text
);
CREATE INDEX registration_step_of ON registration_step (thing, id, number);

-- Something that somebody should look at. It stays open until it is handled.
CREATE TABLE registration_alarm (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  -- `consignment:<uuid>`, `device:<uuid>`, `account:<id>`
  subject text NOT NULL,
  -- counts, days, IMEIs that are no secret any more: no personal data
  figures jsonb NOT NULL,
  at timestamptz NOT NULL,
  recorded timestamptz NOT NULL,
  handled timestamptz,
  handled_by text,
  note text
);
CREATE INDEX registration_alarm_open ON registration_alarm (id) WHERE handled IS NULL;
CREATE INDEX registration_alarm_of ON registration_alarm (kind, subject);

CREATE TABLE type_approval (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL,
  applicant uuid NOT NULL,
  brand text NOT NULL,
  models text[] NOT NULL,
  -- as the TAC database writes it
  device_type text,
  -- radio interfaces, versions, conditions: as the certificate says it
  scope text NOT NULL,
  -- a certificate of another country is recognised; `origin` says whose
  mutual boolean NOT NULL DEFAULT false,
  origin text,
  -- where to remind the holder: sealed (contact)
  contact bytea,
  language text,
  lab uuid,
  -- the laboratory's reference of its report, and what came out
  report text,
  -- of the certificate, once it is granted
  number text UNIQUE,
  body text,
  valid_from date,
  valid_to date,
  at timestamptz NOT NULL,
  CHECK (mutual = (origin IS NOT NULL)),
  CHECK ((number IS NULL) = (body IS NULL) AND (number IS NULL) = (valid_from IS NULL)
    AND (number IS NULL) = (valid_to IS NULL) AND valid_from <= valid_to)
);
CREATE INDEX type_approval_by_applicant ON type_approval (applicant);
CREATE INDEX type_approval_by_end ON type_approval (valid_to) WHERE state IN ('granted', 'suspended');

-- The spans in which a certificate counts, both days included: one when it is granted, one more each time it is renewed.
CREATE TABLE type_approval_validity (
  approval uuid NOT NULL REFERENCES type_approval (id),
  valid_from date NOT NULL,
  valid_to date NOT NULL,
  recorded timestamptz NOT NULL,
  by_whom text NOT NULL,
  CHECK (valid_from <= valid_to)
);
CREATE INDEX type_approval_validity_of ON type_approval_validity (approval);

-- The TACs that an approval is about; further ones of the same models may come later.
CREATE TABLE type_approval_tac (
  approval uuid NOT NULL REFERENCES type_approval (id),
  tac text NOT NULL CHECK (tac ~ '^[0-9]{8}$'),
  -- of those that came when the certificate was there already; null: for as long as it counts
  since date,
  by_whom text NOT NULL,
  PRIMARY KEY (approval, tac)
);
CREATE INDEX type_approval_tac_by_tac ON type_approval_tac (tac);

-- How many devices an account may declare in a period, where the regulator set it. The newest row holds.
CREATE TABLE trade_quota (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organisation uuid NOT NULL,
  devices bigint NOT NULL CHECK (devices >= 0),
  at timestamptz NOT NULL,
  by_whom text NOT NULL,
  reason text NOT NULL
);
CREATE INDEX trade_quota_of ON trade_quota (organisation, number);

-- What it declared in a period (`2026`, `2026-Q4`, `2026-11`, `ever`). Whoever counts holds the row until the commit.
CREATE TABLE trade_use (
  organisation uuid NOT NULL,
  period text NOT NULL,
  devices bigint NOT NULL CHECK (devices >= 0),
  PRIMARY KEY (organisation, period)
);

-- What one account brought in on a day: for the alarm on volume.
CREATE TABLE account_volume (
  account text NOT NULL,
  day date NOT NULL,
  devices bigint NOT NULL,
  PRIMARY KEY (account, day)
);

-- What a maker made: serial numbers from … to of a TAC.
CREATE TABLE production_range (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  maker uuid NOT NULL,
  brand text NOT NULL,
  tac text NOT NULL CHECK (tac ~ '^[0-9]{8}$'),
  serial_from integer NOT NULL CHECK (serial_from BETWEEN 0 AND 999999),
  serial_to integer NOT NULL CHECK (serial_to BETWEEN 0 AND 999999),
  -- made in the country: then no consignment brings them, and their first use registers them
  domestic boolean NOT NULL,
  at timestamptz NOT NULL,
  recorded timestamptz NOT NULL,
  by_whom text NOT NULL,
  withdrawn timestamptz,
  withdrawn_by text,
  CHECK (serial_from <= serial_to)
);
CREATE INDEX production_range_by_tac ON production_range (tac, serial_from) WHERE withdrawn IS NULL;
CREATE INDEX production_range_by_maker ON production_range (maker);

CREATE TABLE consignment (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL,
  importer uuid NOT NULL,
  -- the importer's own number for it
  number text NOT NULL,
  supplier text NOT NULL,
  -- ISO 3166 alpha-2
  origin text NOT NULL CHECK (origin ~ '^[A-Z]{2}$'),
  arrival date NOT NULL,
  port text NOT NULL,
  goods text NOT NULL,
  -- as the TAC database writes it; fees and exemptions go by it
  device_type text,
  -- devices declared, and those whose identifiers were accepted so far
  quantity integer NOT NULL CHECK (quantity > 0),
  accepted integer NOT NULL DEFAULT 0,
  -- of all goods, in the smallest unit of the currency
  value bigint NOT NULL CHECK (value >= 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  -- where the importer is told: sealed (contact)
  contact bytea,
  language text,
  at timestamptz NOT NULL,
  approved timestamptz,
  approved_by text,
  released timestamptz,
  released_by text,
  UNIQUE (importer, number),
  CHECK (accepted <= quantity),
  CHECK ((approved IS NULL) = (approved_by IS NULL) AND (released IS NULL) = (released_by IS NULL))
);
CREATE INDEX consignment_by_state ON consignment (state, arrival);

-- Each file of identifiers that was checked, also those that were refused. The file itself is not kept.
CREATE TABLE consignment_file (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consignment uuid NOT NULL REFERENCES consignment (id),
  sha256 text NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('accepted', 'in part', 'refused')),
  rows integer NOT NULL,
  devices integer NOT NULL,
  accepted integer NOT NULL,
  -- devices with at least one fault
  bad integer NOT NULL,
  -- code of a fault → how often
  faults jsonb NOT NULL,
  at timestamptz NOT NULL,
  by_whom text NOT NULL
);
CREATE INDEX consignment_file_of ON consignment_file (consignment, sha256);

-- What identifies the devices of a consignment before their first use is a secret: sealed, some devices together, as JSON
-- of line, IMEIs, serial number, EID and GTIN of each.
CREATE TABLE consigned_secret (
  -- number of the file of identifiers << 24 | the line on which the first of the devices begins there
  id bigint PRIMARY KEY,
  sealed bytea NOT NULL
);

-- A device of a consignment; it is found only by who knows an identifier of it already (`consigned_key`).
CREATE TABLE consigned (
  -- number of the file of identifiers << 24 | the line on which the device begins there
  id bigint PRIMARY KEY,
  consignment uuid NOT NULL,
  -- of the first IMEI; a model is no secret
  tac text NOT NULL,
  secret bigint NOT NULL,
  -- stock → active; or exported, retired, withdrawn (with its consignment)
  state text NOT NULL DEFAULT 'stock' CHECK (state IN ('stock', 'active', 'exported', 'retired', 'withdrawn')),
  -- the organisation that has it
  holder uuid NOT NULL,
  -- on its way to another one
  moving uuid,
  on_sale timestamptz,
  device uuid,
  ended timestamptz
);
CREATE INDEX consigned_of ON consigned (consignment);
CREATE INDEX consigned_stock ON consigned (holder, consignment) WHERE state = 'stock';

-- Keyed hash of an identifier → the device. Open ones are unique in the country: an IMEI is declared once.
CREATE TABLE consigned_key (
  key uuid NOT NULL,
  item bigint NOT NULL,
  open boolean NOT NULL DEFAULT true
);
CREATE UNIQUE INDEX consigned_key_open ON consigned_key (key) WHERE open;
CREATE INDEX consigned_key_by_item ON consigned_key (item);

-- Stock that passes from one organisation to another. The receiver counts what came before it is his.
CREATE TABLE hand_over (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL,
  from_holder uuid NOT NULL,
  to_holder uuid NOT NULL,
  -- the receiver sells to people
  retail boolean NOT NULL,
  devices integer NOT NULL CHECK (devices > 0),
  at timestamptz NOT NULL
);
CREATE INDEX consigned_moving ON consigned (moving) WHERE moving IS NOT NULL;
CREATE INDEX hand_over_open ON hand_over (to_holder) WHERE state = 'offered';

-- The first use of an IMEI in the country, and what followed: the same sighting again changes nothing.
CREATE TABLE first_seen (
  imei text PRIMARY KEY CHECK (imei ~ '^[0-9]{14}$'),
  at timestamptz NOT NULL,
  operator text NOT NULL,
  outcome text NOT NULL,
  device uuid,
  recorded timestamptz NOT NULL
);

-- Why an identifier may be used: each permission names what it was given for and by whom. Where permitted lists are made,
-- a hold stands beside it, with the same holder.
CREATE TABLE permit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  imei text NOT NULL CHECK (imei ~ '^[0-9]{14}$'),
  device uuid NOT NULL,
  -- the application: `consignment:<uuid>`, `personal_import:<uuid>`, `admission:<uuid>`, `production_range:<uuid>`; or the
  -- rule: `baseline:<day>`, `grandfathered:<day>`, `exempt:type`
  ground text NOT NULL CHECK (ground ~ '^[a-z_]+:[0-9a-z_-]{1,40}$'),
  -- accounts that approved it, or the rule of the country file that did; never empty
  approved_by text[] NOT NULL CHECK (cardinality(approved_by) > 0),
  -- reference of what was paid
  payment text,
  at timestamptz NOT NULL,
  recorded timestamptz NOT NULL,
  ended timestamptz,
  ended_by text,
  because text,
  CHECK ((ended IS NULL) = (ended_by IS NULL) AND (ended IS NULL) = (because IS NULL))
);
CREATE UNIQUE INDEX permit_open ON permit (imei, ground) WHERE ended IS NULL;
CREATE INDEX permit_by_device ON permit (device) WHERE ended IS NULL;
CREATE INDEX permit_by_ground ON permit (ground) WHERE ended IS NULL;

-- A device that is here for a time: of a visitor who told so, or one that nobody declared. All its identifiers share it.
CREATE TABLE admission (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('visitor', 'undeclared')),
  device uuid NOT NULL,
  -- pseudonym of the number of who brought it in or used it, and the organisation that entered it: they reach it
  person text,
  organisation uuid,
  -- keyed token of who holds it, made from a document that is not kept
  holder text,
  -- reference of the entry, such as a number at the border: no personal data
  proof text,
  -- days from the first use with a SIM of the country; that day is the first
  days integer NOT NULL CHECK (days > 0),
  renewals integer NOT NULL DEFAULT 0,
  started date,
  -- the last day
  ends date,
  -- the day it really ended: left, regularised
  ended date,
  operator text,
  -- number to be told: sealed (contact)
  contact bytea,
  language text,
  -- the notices before a block, where its end brings one; and when that was
  ladder bigint,
  blocked timestamptz,
  at timestamptz NOT NULL,
  CHECK ((kind = 'visitor') = (holder IS NOT NULL)),
  CHECK ((started IS NULL) = (ends IS NULL) AND started <= ends)
);
CREATE UNIQUE INDEX admission_open ON admission (device) WHERE state IN ('admitted', 'running', 'lapsed');
CREATE INDEX admission_by_device ON admission (device);
CREATE INDEX admission_by_holder ON admission (holder, at) WHERE holder IS NOT NULL;
CREATE INDEX admission_running ON admission (ends) WHERE state = 'running';
CREATE INDEX admission_lapsed ON admission (ends) WHERE state = 'lapsed' AND ladder IS NOT NULL AND blocked IS NULL;

-- A device brought for oneself, or regularised.
CREATE TABLE personal_import (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL,
  device uuid NOT NULL,
  holder text NOT NULL,
  -- pseudonym of the number by which the holder confirmed it
  person text,
  -- that filed it for the holder
  organisation uuid,
  proof text NOT NULL,
  -- the admission that it ends
  admission uuid REFERENCES admission (id),
  device_type text,
  value bigint NOT NULL CHECK (value >= 0),
  currency text NOT NULL,
  -- number to be told: sealed (contact)
  contact bytea,
  language text,
  at timestamptz NOT NULL
);
CREATE UNIQUE INDEX personal_import_open ON personal_import (device) WHERE state IN ('filed', 'due');
CREATE INDEX personal_import_by_holder ON personal_import (holder, at);
CREATE INDEX personal_import_by_device ON personal_import (device);

-- A device that passes from one person to another: the present holder by a code, the new one by confirming.
CREATE TABLE transfer (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL,
  device uuid NOT NULL,
  -- pseudonyms of persons or numbers
  from_person text NOT NULL,
  to_person text NOT NULL,
  until timestamptz NOT NULL,
  at timestamptz NOT NULL
);
CREATE UNIQUE INDEX transfer_open ON transfer (device) WHERE state = 'offered';
CREATE INDEX transfer_until ON transfer (until) WHERE state = 'offered';

-- What is to be paid for one application. Amounts in the currency's smallest unit.
CREATE TABLE charge (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  state text NOT NULL,
  -- what the payer quotes
  reference text NOT NULL UNIQUE,
  act text NOT NULL,
  -- `consignment:<uuid>`, `personal_import:<uuid>` …
  ground text NOT NULL,
  -- organisation or pseudonym of a person
  payer text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  -- the lines of the calculation
  lines jsonb NOT NULL,
  pay_by date NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX charge_of ON charge (ground);
CREATE INDEX charge_by_payer ON charge (payer);

-- What payment systems told, also what suits nothing. The same message again changes nothing.
CREATE TABLE payment (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  at timestamptz NOT NULL,
  source text NOT NULL,
  charge uuid REFERENCES charge (id),
  -- paid, or why it did not pay: unknown, amount, closed
  outcome text NOT NULL CHECK (outcome IN ('paid', 'unknown', 'amount', 'closed')),
  recorded timestamptz NOT NULL,
  UNIQUE (reference, source, at, amount, currency)
);

-- How far the baseline of a day has been taken: identifiers up to and with `cursor` are entered.
CREATE TABLE baseline_progress (
  day date PRIMARY KEY,
  cursor text NOT NULL,
  identifiers bigint NOT NULL,
  pairs bigint NOT NULL,
  approved_by text[] NOT NULL CHECK (cardinality(approved_by) > 0),
  started timestamptz NOT NULL,
  done timestamptz
);
