-- The country files ever used, by the SHA-256 of their text: a run names the very text it ran under.
CREATE TABLE country_file (
  hash text PRIMARY KEY,
  text text NOT NULL,
  first_used timestamptz NOT NULL DEFAULT now()
);

-- Every execution of an import, classification, list generation …
-- running → publishing → done: `publishing` is the point of no return, its moves are in `moves` and are completed
-- after a crash; `refused` (foreseen), `failed` (unforeseen) and `undone` (cut off while running) left nothing behind.
CREATE TABLE run (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  verb text NOT NULL,
  kind text,
  operator text,
  -- the day the run speaks of, in the country's calendar
  day date,
  country text REFERENCES country_file (hash),
  -- name, bytes and SHA-256 of each file read
  inputs jsonb NOT NULL DEFAULT '[]',
  status text NOT NULL DEFAULT 'running'
    CHECK (status IN ('running', 'publishing', 'done', 'refused', 'failed', 'undone')),
  result jsonb,
  faults jsonb,
  moves jsonb NOT NULL DEFAULT '[]',
  started timestamptz NOT NULL DEFAULT now(),
  ended timestamptz
);
CREATE INDEX run_by_verb ON run (verb, kind, number) WHERE status = 'done';

-- Who read personal data, when, of whom (an IMEI or a run number, never the data itself) and by which verb.
CREATE TABLE personal_read (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  reader text NOT NULL,
  verb text NOT NULL,
  subject text NOT NULL
);
