-- What writes over HTTP were answered, by the key that came with them: recorded in the transaction of the act itself, so
-- that the same key is never acted on twice, whatever was cut off in between.
CREATE TABLE api_answer (
  -- the account, or `nobody`
  account text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 8 AND 128),
  -- method and address pattern, with the parameters of the address
  route text NOT NULL,
  -- keyed pseudonym of what was sent: the same key with something else is refused
  sent text NOT NULL,
  -- null while the act is under way, which nobody else sees
  status smallint,
  -- headers and body, sealed: an answer may hold what only the asker may read
  answer bytea,
  recorded timestamptz NOT NULL,
  PRIMARY KEY (account, key)
);
CREATE INDEX api_answer_recorded ON api_answer (recorded);

-- What takes longer than a request: kind, input and outcome are its kind's own. A worker takes a job by its row, shows
-- that it lives by `beat`, and does the job part by part, each in a transaction; whoever takes over goes on with the next.
CREATE TABLE job (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- order of arrival, by which pages go
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind text NOT NULL,
  -- the account that asked, and its organisation
  owner text NOT NULL,
  organisation uuid,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'working', 'done', 'failed', 'cancelled')),
  input jsonb NOT NULL,
  -- units, as the kind counts them: of the whole, and done
  total bigint NOT NULL CHECK (total >= 0),
  done bigint NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND total),
  outcome jsonb,
  -- why it failed: a code of faults
  fault text,
  recorded timestamptz NOT NULL,
  -- who works on it, and when that one last showed that it lives
  worker uuid,
  beat timestamptz,
  -- how often it was taken
  attempts integer NOT NULL DEFAULT 0,
  ended timestamptz,
  CHECK ((worker IS NULL) = (beat IS NULL)),
  CHECK ((ended IS NULL) = (state IN ('waiting', 'working')))
);
CREATE INDEX job_open ON job (number) WHERE state IN ('waiting', 'working');
CREATE INDEX job_by_owner ON job (owner, number);
CREATE INDEX job_ended ON job (ended) WHERE ended IS NOT NULL;

-- The parts of a job: what is to be done, until it is done, and what came of it.
CREATE TABLE job_part (
  job uuid NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  part integer NOT NULL,
  input bytea,
  outcome bytea,
  PRIMARY KEY (job, part)
);
