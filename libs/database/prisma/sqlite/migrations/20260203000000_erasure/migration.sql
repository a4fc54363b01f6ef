-- What was erased, without saying of whom: `value_hmac` can only be checked with the proof that the command printed.
CREATE TABLE erasure_receipt (
  id                 TEXT NOT NULL,
  erased_at          DATETIME NOT NULL,
  kind               TEXT NOT NULL,
  value_hmac         TEXT NOT NULL,
  project            TEXT,
  asked_from         TEXT,
  asked_to           TEXT,
  calls              BIGINT NOT NULL,
  bodies             BIGINT NOT NULL,
  first_day          TEXT,
  last_day           TEXT,
  complete           BOOLEAN NOT NULL,
  PRIMARY KEY (id)
);
