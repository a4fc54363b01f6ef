-- Calls per minute, source (topic and partition), route, class of status and success: counts, bytes and a histogram of durations (ms),
-- from rows that were really inserted since; `duration_us` is a sum in microseconds. Rows of before are not counted.

CREATE TABLE call_roll_up (
  event_day          date NOT NULL,
  minute_start       datetime(3) NOT NULL,
  source             varchar(260) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  env                varchar(64) NOT NULL,
  project            varchar(256) NOT NULL,
  route              varchar(256) NOT NULL,
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
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE COLUMNS (event_day) (
  PARTITION p_start VALUES LESS THAN ('2015-01-01'),
  PARTITION p_end VALUES LESS THAN (MAXVALUE)
);
