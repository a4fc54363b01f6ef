-- The tables are partitioned by day. The first partition takes lines without a readable time (1970-01-01), the last one what no daily
-- one was created for; daily ones are cut off its beginning by db-sink, not here.

CREATE TABLE interface_log (
  event_day          date NOT NULL,
  id                 char(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  v                  integer,
  gateway            varchar(256),
  boot               varchar(256),
  seq                bigint,
  env                varchar(256),
  project            varchar(256),
  route              varchar(256),
  operation          varchar(512),
  caller             varchar(256),
  user_name          varchar(256),
  success            boolean,
  biz_code           varchar(256),
  biz_message        text,
  biz_keys           json,
  labels             json,
  request_time       datetime(3) NOT NULL,
  response_time      datetime(3),
  duration_ms        double,
  upstream_ms        double,
  ttfb_ms            double,
  status             integer,
  method             varchar(64),
  url                text,
  path               varchar(2048),
  query              text,
  client_ip          varchar(64),
  user_agent         text,
  referer            text,
  host               varchar(256),
  http_version       varchar(16),
  request_bytes      bigint,
  response_bytes     bigint,
  request_truncated  boolean,
  response_truncated boolean,
  request_encoding   varchar(32),
  response_encoding  varchar(32),
  upstream           varchar(512),
  attempts           integer,
  error              json,
  trace_id           varchar(64),
  span_id            varchar(64),
  request_id         varchar(256),
  redacted           json,
  extra              json,
  parse_error        mediumtext,
  stored_at          datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (event_day, id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE COLUMNS (event_day) (
  PARTITION p_start VALUES LESS THAN ('2015-01-01'),
  PARTITION p_end VALUES LESS THAN (MAXVALUE)
);

CREATE TABLE interface_body (
  event_day          date NOT NULL,
  id                 char(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_headers    json,
  response_headers   json,
  request_content    longtext,
  response_content   longtext,
  raw_line           longtext,
  PRIMARY KEY (event_day, id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE COLUMNS (event_day) (
  PARTITION p_start VALUES LESS THAN ('2015-01-01'),
  PARTITION p_end VALUES LESS THAN (MAXVALUE)
);

-- The newest records first, and the same for one path and one status.
CREATE INDEX interface_log_request_time ON interface_log (request_time, id);
-- A path may be longer than a key can be.
CREATE INDEX interface_log_path ON interface_log (path(255), request_time, id);
CREATE INDEX interface_log_status ON interface_log (status, request_time, id);

-- One row per call with its headers and bodies, which may already be gone: they have a retention of their own.
CREATE SQL SECURITY INVOKER VIEW interface_call AS
SELECT
  l.event_day,
  l.id,
  l.v,
  l.gateway,
  l.boot,
  l.seq,
  l.env,
  l.project,
  l.route,
  l.operation,
  l.caller,
  l.user_name,
  l.success,
  l.biz_code,
  l.biz_message,
  l.biz_keys,
  l.labels,
  l.request_time,
  l.response_time,
  l.duration_ms,
  l.upstream_ms,
  l.ttfb_ms,
  l.status,
  l.method,
  l.url,
  l.path,
  l.query,
  l.client_ip,
  l.user_agent,
  l.referer,
  l.host,
  l.http_version,
  l.request_bytes,
  l.response_bytes,
  l.request_truncated,
  l.response_truncated,
  l.request_encoding,
  l.response_encoding,
  l.upstream,
  l.attempts,
  l.error,
  l.trace_id,
  l.span_id,
  l.request_id,
  l.redacted,
  l.extra,
  l.parse_error,
  l.stored_at,
  b.request_headers,
  b.response_headers,
  b.request_content,
  b.response_content,
  b.raw_line
FROM interface_log l
LEFT JOIN interface_body b ON b.event_day = l.event_day AND b.id = l.id;

CREATE TABLE ledger_mark (
  id                 char(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  gateway            text NOT NULL,
  boot               text NOT NULL,
  seq                bigint NOT NULL,
  in_flight          json NOT NULL,
  closing            boolean NOT NULL,
  previous_boot      text,
  previous_seq       bigint,
  stored_at          datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX ledger_mark_gateway_boot_seq ON ledger_mark (gateway(191), boot(191), seq);
