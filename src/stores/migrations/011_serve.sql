-- What the register has already looked at: runs of operators' data, in which it looks for devices that somebody waits for.
CREATE TABLE sighting_run (
  run integer PRIMARY KEY REFERENCES run (number),
  -- sightings that were handed on
  sightings integer NOT NULL,
  at timestamptz NOT NULL
);

-- Files of checks that nodes of the live register have sent, by what is in them: looked at once, whatever their name.
CREATE TABLE sighting_file (
  sha256 text PRIMARY KEY,
  node text NOT NULL,
  name text NOT NULL,
  sightings integer NOT NULL,
  at timestamptz NOT NULL
);
