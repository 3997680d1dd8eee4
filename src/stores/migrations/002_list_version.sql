-- Every state an imported list has had: which run made it, from which files, and by how much it differed from the last.
CREATE TABLE list_version (
  run integer PRIMARY KEY REFERENCES run (number),
  kind text NOT NULL,
  -- the day from which what it begins is valid and what it ends no longer is
  as_of date NOT NULL,
  -- by rows of additions and removals, not as a whole
  delta boolean NOT NULL,
  -- rows of the list once the run was done
  rows bigint NOT NULL,
  adds bigint NOT NULL,
  removes bigint NOT NULL,
  updates bigint NOT NULL,
  -- SHA-256 of the files, sorted
  sha256 text[] NOT NULL
);
CREATE INDEX list_version_by_kind ON list_version (kind, run);
