-- The tables are partitioned by day. The default partition takes what no daily one was created for; daily ones are
-- created by db-sink, not here.

CREATE TABLE interface_log (
  event_day          date NOT NULL,
  id                 uuid NOT NULL,
  v                  integer,
  gateway            text,
  boot               text,
  seq                bigint,
  env                text,
  project            text,
  route              text,
  operation          text,
  caller             text,
  user_name          text,
  success            boolean,
  biz_code           text,
  biz_message        text,
  biz_keys           jsonb,
  labels             jsonb,
  request_time       timestamptz(3) NOT NULL,
  response_time      timestamptz(3),
  duration_ms        double precision,
  upstream_ms        double precision,
  ttfb_ms            double precision,
  status             integer,
  method             text,
  url                text,
  path               text,
  query              text,
  client_ip          text,
  user_agent         text,
  referer            text,
  host               text,
  http_version       text,
  request_bytes      bigint,
  response_bytes     bigint,
  request_truncated  boolean,
  response_truncated boolean,
  request_encoding   text,
  response_encoding  text,
  upstream           text,
  attempts           integer,
  error              jsonb,
  trace_id           text,
  span_id            text,
  request_id         text,
  redacted           jsonb,
  extra              jsonb,
  parse_error        text,
  stored_at          timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (event_day, id)
) PARTITION BY RANGE (event_day);

CREATE TABLE interface_body (
  event_day          date NOT NULL,
  id                 uuid NOT NULL,
  request_headers    jsonb,
  response_headers   jsonb,
  request_content    text,
  response_content   text,
  raw_line           text,
  PRIMARY KEY (event_day, id)
) PARTITION BY RANGE (event_day);

CREATE TABLE interface_log_default PARTITION OF interface_log DEFAULT;
CREATE TABLE interface_body_default PARTITION OF interface_body DEFAULT;

-- The newest records first, and the same for one path and one status.
CREATE INDEX interface_log_request_time ON interface_log (request_time, id);
-- A path may be longer than an index entry can be.
CREATE INDEX interface_log_path ON interface_log (left(path, 255), request_time, id);
CREATE INDEX interface_log_status ON interface_log (status, request_time, id);

-- One row per call with its headers and bodies, which may already be gone: they have a retention of their own.
CREATE VIEW interface_call AS
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
  id                 uuid NOT NULL,
  gateway            text NOT NULL,
  boot               text NOT NULL,
  seq                bigint NOT NULL,
  in_flight          jsonb NOT NULL,
  closing            boolean NOT NULL,
  previous_boot      text,
  previous_seq       bigint,
  stored_at          timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);

CREATE INDEX ledger_mark_gateway_boot_seq ON ledger_mark (gateway, boot, seq);
