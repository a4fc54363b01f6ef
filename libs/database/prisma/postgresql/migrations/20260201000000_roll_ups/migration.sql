-- Calls per minute, source (topic and partition), route, class of status and success: counts, bytes and a histogram of durations (ms),
-- from rows that were really inserted since; `duration_us` is a sum in microseconds. Rows of before are not counted.

CREATE TABLE call_roll_up (
  event_day          date NOT NULL,
  minute_start       timestamptz(3) NOT NULL,
  source             text NOT NULL,
  env                text NOT NULL,
  project            text NOT NULL,
  route              text NOT NULL,
  status_class       integer NOT NULL,
  success            boolean NOT NULL,
  calls              bigint NOT NULL,
  request_bytes      bigint NOT NULL,
  response_bytes     bigint NOT NULL,
  duration_us        bigint NOT NULL,
  duration_1         bigint NOT NULL,
  duration_2         bigint NOT NULL,
  duration_5         bigint NOT NULL,
  duration_10        bigint NOT NULL,
  duration_20        bigint NOT NULL,
  duration_50        bigint NOT NULL,
  duration_100       bigint NOT NULL,
  duration_200       bigint NOT NULL,
  duration_500       bigint NOT NULL,
  duration_1000      bigint NOT NULL,
  duration_2000      bigint NOT NULL,
  duration_5000      bigint NOT NULL,
  duration_10000     bigint NOT NULL,
  duration_30000     bigint NOT NULL,
  duration_60000     bigint NOT NULL,
  duration_more      bigint NOT NULL,
  PRIMARY KEY (event_day, minute_start, source, env, project, route, status_class, success)
) PARTITION BY RANGE (event_day);

CREATE TABLE call_roll_up_default PARTITION OF call_roll_up DEFAULT;
