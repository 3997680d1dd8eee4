-- Who may act: organisations, accounts and their roles; how they sign in; heavy acts that take two persons. Secrets are
-- here only as hashes, or sealed by the vault (class account); times are when it happened and when it was recorded at once.

-- A body whose staff and machines act for it.
CREATE TABLE organisation (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- order of entry, by which pages go
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind text NOT NULL
    CHECK (kind IN ('operator', 'police', 'customs', 'importer', 'maker', 'lab', 'dealer', 'regulator')),
  name text NOT NULL UNIQUE,
  -- of an operator: its id in the country file
  operator text,
  -- of police: the unit; without one it is the national level
  unit text,
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  disabled timestamptz,
  CHECK ((operator IS NOT NULL) = (kind = 'operator')),
  CHECK (unit IS NULL OR kind = 'police')
);

-- The brands that a maker or importer may act for. Ended, not deleted.
CREATE TABLE organisation_brand (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organisation uuid NOT NULL REFERENCES organisation (id),
  -- in lower case
  brand text NOT NULL CHECK (brand = lower(brand)),
  granted timestamptz NOT NULL,
  granted_by text NOT NULL,
  closed timestamptz,
  closed_by text
);
CREATE UNIQUE INDEX organisation_brand_now ON organisation_brand (organisation, brand) WHERE closed IS NULL;

-- A person or machine of an organisation that can sign in.
CREATE TABLE account (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  organisation uuid NOT NULL REFERENCES organisation (id),
  kind text NOT NULL CHECK (kind IN ('person', 'machine')),
  -- pseudonym (email) of the login; the login itself and the name are sealed
  login text NOT NULL UNIQUE,
  login_sealed bytea NOT NULL,
  name_sealed bytea NOT NULL,
  -- signs in without a second factor; no register in production starts while one is enabled
  demo boolean NOT NULL DEFAULT false,
  -- made at a sign-in by the provider of identities, which also says its roles
  provisioned boolean NOT NULL DEFAULT false,
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  disabled timestamptz
);
CREATE INDEX account_of ON account (organisation, number);

-- The roles of accounts. Revoked, not deleted.
CREATE TABLE account_role (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account uuid NOT NULL REFERENCES account (id),
  role text NOT NULL CHECK (role IN ('operator', 'police', 'customs', 'importer', 'maker', 'lab', 'dealer', 'analyst',
    'approver', 'admin', 'auditor')),
  granted timestamptz NOT NULL,
  granted_by text NOT NULL,
  revoked timestamptz,
  revoked_by text
);
CREATE UNIQUE INDEX account_role_now ON account_role (account, role) WHERE revoked IS NULL;

-- What happened to organisations, accounts and sign-ins, failures too. Never changed.
CREATE TABLE access_event (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  -- sign_in.failed, account.disabled …
  event text NOT NULL,
  account uuid,
  organisation uuid,
  -- who brought it about: an account, a citizen's pseudonym, `system`, or `nobody` who is not signed in
  actor text NOT NULL,
  -- why and how, without personal data
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX access_event_by_account ON access_event (account, number) WHERE account IS NOT NULL;
CREATE INDEX access_event_by_event ON access_event (event, number);
CREATE TRIGGER access_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON access_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Sign-ins that failed in a row, by pseudonym of the login, whether there is such an account or not, and by that of the
-- network address. Deleted once forgotten.
CREATE TABLE attempt (
  subject text PRIMARY KEY,
  failures integer NOT NULL DEFAULT 0,
  last timestamptz NOT NULL,
  -- until then nothing is tried
  until timestamptz
);
CREATE INDEX attempt_last ON attempt (last);

-- scrypt (RFC 7914) of the password, with the work that it was made with. A new one replaces it.
CREATE TABLE password (
  account uuid PRIMARY KEY REFERENCES account (id),
  cost smallint NOT NULL,
  salt bytea NOT NULL,
  hash bytea NOT NULL,
  set timestamptz NOT NULL
);

-- Secrets of codes by time (RFC 6238), sealed. The one that is confirmed and not removed counts.
CREATE TABLE totp (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account uuid NOT NULL REFERENCES account (id),
  secret bytea NOT NULL,
  created timestamptz NOT NULL,
  confirmed timestamptz,
  removed timestamptz,
  -- the step of the last code that was taken: none is taken twice, nor an older one
  last_step bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX totp_now ON totp (account) WHERE confirmed IS NOT NULL AND removed IS NULL;
CREATE UNIQUE INDEX totp_pending ON totp (account) WHERE confirmed IS NULL AND removed IS NULL;

-- SHA-256 of codes that stand in once for a lost second factor.
CREATE TABLE recovery_code (
  hash bytea PRIMARY KEY,
  account uuid NOT NULL REFERENCES account (id),
  created timestamptz NOT NULL,
  used timestamptz
);
CREATE INDEX recovery_code_of ON recovery_code (account);

-- Passkeys (W3C Web Authentication). A counter that does not grow tells of a copy.
CREATE TABLE passkey (
  id text PRIMARY KEY,
  account uuid NOT NULL REFERENCES account (id),
  public_key bytea NOT NULL,
  counter bigint NOT NULL,
  transports text[] NOT NULL,
  -- as its owner calls it
  label text NOT NULL,
  created timestamptz NOT NULL,
  last_used timestamptz,
  removed timestamptz
);
CREATE INDEX passkey_of ON passkey (account);

-- What a passkey is to sign: the SHA-256 of each challenge that is out. Each is answered once.
CREATE TABLE passkey_challenge (
  hash bytea PRIMARY KEY,
  -- the account that registers a passkey; none for a sign-in
  account uuid REFERENCES account (id),
  expires timestamptz NOT NULL
);

-- SHA-256 of the token by which somebody invited chooses the means to sign in.
CREATE TABLE invitation (
  hash bytea PRIMARY KEY,
  account uuid NOT NULL REFERENCES account (id),
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  expires timestamptz NOT NULL,
  used timestamptz
);
CREATE INDEX invitation_of ON invitation (account);

-- Which identity of a provider (OpenID Connect) is which account; the subject as pseudonym (person).
CREATE TABLE identity_link (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  issuer text NOT NULL,
  subject text NOT NULL,
  account uuid NOT NULL REFERENCES account (id),
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  removed timestamptz
);
CREATE UNIQUE INDEX identity_link_now ON identity_link (issuer, subject) WHERE removed IS NULL;

-- Sign-ins at the provider that are under way: SHA-256 of the secret that the browser keeps. State, nonce and verifier are
-- made of it and are not kept.
CREATE TABLE identity_flow (
  hash bytea PRIMARY KEY,
  expires timestamptz NOT NULL
);

-- Certificates by which machines are known in TLS: SHA-256 of the certificate, hexadecimal.
CREATE TABLE machine_certificate (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fingerprint text NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
  account uuid NOT NULL REFERENCES account (id),
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  removed timestamptz
);
CREATE UNIQUE INDEX machine_certificate_now ON machine_certificate (fingerprint) WHERE removed IS NULL;

-- Public keys (JWK) with which machines sign assertions; kid is the thumbprint (RFC 7638).
CREATE TABLE machine_key (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kid text NOT NULL,
  account uuid NOT NULL REFERENCES account (id),
  jwk jsonb NOT NULL,
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  removed timestamptz
);
CREATE UNIQUE INDEX machine_key_now ON machine_key (kid) WHERE removed IS NULL;

-- Assertions that were used; kept until they would be too old anyway.
CREATE TABLE machine_assertion (
  account uuid NOT NULL REFERENCES account (id),
  jti text NOT NULL,
  expires timestamptz NOT NULL,
  PRIMARY KEY (account, jti)
);

-- Who is signed in: SHA-256 of the token, nothing from which it could be made.
CREATE TABLE session (
  hash bytea PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('staff', 'citizen', 'machine')),
  account uuid REFERENCES account (id),
  -- of a citizen: the pseudonym of the proved number or address
  person text,
  -- password, recovery, demo, passkey, provider, code, assertion
  method text NOT NULL,
  created timestamptz NOT NULL,
  -- last act, to the minute
  seen timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  ended timestamptz,
  CHECK ((account IS NULL) = (kind = 'citizen') AND (person IS NOT NULL) = (kind = 'citizen'))
);
CREATE INDEX session_of_account ON session (account) WHERE ended IS NULL;
CREATE INDEX session_of_person ON session (person) WHERE ended IS NULL;
CREATE INDEX session_expires ON session (expires);

-- Codes that were sent to a number or address. The newest of a purpose counts.
CREATE TABLE sent_code (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- pseudonym of the number (msisdn) or address (email)
  person text NOT NULL,
  -- pseudonym of the network address that asked
  source text NOT NULL,
  purpose text NOT NULL,
  -- keyed, with the id
  mac text NOT NULL,
  sent timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  tries smallint NOT NULL DEFAULT 0,
  -- proved, replaced, or tried too often
  closed timestamptz
);
CREATE INDEX sent_code_of ON sent_code (person, sent);
CREATE INDEX sent_code_by_source ON sent_code (source, sent);
CREATE UNIQUE INDEX sent_code_open ON sent_code (person, purpose) WHERE closed IS NULL;

-- That somebody had a number or address in hand: good once, for one purpose.
CREATE TABLE contact_proof (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  person text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('sms', 'email')),
  purpose text NOT NULL,
  proved timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  used timestamptz
);
CREATE INDEX contact_proof_expires ON contact_proof (expires);

-- Heavy acts that no single person brings about: proposed by one, approved by others, used once.
CREATE TABLE proposal (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- order of arrival, by which pages go
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind text NOT NULL,
  -- what the act is done to: theft:<uuid>, imei:<14 digits>, account:<uuid>
  subject text NOT NULL,
  -- JSON with sorted keys, without personal data, and its SHA-256
  payload text NOT NULL,
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  reason text NOT NULL,
  state text NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'approved', 'used', 'withdrawn', 'declined', 'expired')),
  -- an account, or `system`
  proposer text NOT NULL,
  at timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  ended timestamptz,
  ended_by text,
  UNIQUE (id, proposer),
  CHECK ((ended IS NULL) = (state IN ('open', 'approved')))
);
CREATE INDEX proposal_open ON proposal (expires) WHERE state IN ('open', 'approved');

-- Who approved or declined a proposal; the proposer stands here too, so that no statement can let one person do both.
CREATE TABLE proposal_vote (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  proposal uuid NOT NULL,
  proposer text NOT NULL,
  approver text NOT NULL CHECK (approver <> proposer),
  approves boolean NOT NULL,
  -- why, where it was declined
  reason text,
  at timestamptz NOT NULL,
  FOREIGN KEY (proposal, proposer) REFERENCES proposal (id, proposer),
  UNIQUE (proposal, approver, approves)
);
CREATE TRIGGER proposal_vote_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON proposal_vote
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
