-- What was erased, without saying of whom: `value_hmac` can only be checked with the proof that the command printed.
CREATE TABLE erasure_receipt (
  id                 uuid NOT NULL,
  erased_at          timestamptz(3) NOT NULL,
  kind               text NOT NULL,
  value_hmac         text NOT NULL,
  project            text,
  asked_from         date,
  asked_to           date,
  calls              bigint NOT NULL,
  bodies             bigint NOT NULL,
  first_day          date,
  last_day           date,
  complete           boolean NOT NULL,
  PRIMARY KEY (id)
);
