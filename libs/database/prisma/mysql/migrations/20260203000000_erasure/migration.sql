-- What was erased, without saying of whom: `value_hmac` can only be checked with the proof that the command printed.
CREATE TABLE erasure_receipt (
  id                 char(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  erased_at          datetime(3) NOT NULL,
  kind               varchar(256) NOT NULL,
  value_hmac         varchar(256) NOT NULL,
  project            varchar(256),
  asked_from         date,
  asked_to           date,
  calls              bigint NOT NULL,
  bodies             bigint NOT NULL,
  first_day          date,
  last_day           date,
  complete           boolean NOT NULL,
  PRIMARY KEY (id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
