-- Times are ISO 8601 text in UTC, always YYYY-MM-DDTHH:MM:SS.mmm+00:00, so that they sort as text; days are YYYY-MM-DD.
-- BOOLEAN holds 0 or 1, JSONB holds JSON as text (the type names are those by which Prisma reads a value).

CREATE TABLE interface_log (
  event_day          TEXT NOT NULL,
  id                 TEXT NOT NULL,
  v                  INTEGER,
  gateway            TEXT,
  boot               TEXT,
  seq                BIGINT,
  env                TEXT,
  project            TEXT,
  route              TEXT,
  operation          TEXT,
  caller             TEXT,
  user_name          TEXT,
  success            BOOLEAN,
  biz_code           TEXT,
  biz_message        TEXT,
  biz_keys           JSONB,
  labels             JSONB,
  request_time       DATETIME NOT NULL,
  response_time      DATETIME,
  duration_ms        REAL,
  upstream_ms        REAL,
  ttfb_ms            REAL,
  status             INTEGER,
  method             TEXT,
  url                TEXT,
  path               TEXT,
  query              TEXT,
  client_ip          TEXT,
  user_agent         TEXT,
  referer            TEXT,
  host               TEXT,
  http_version       TEXT,
  request_bytes      BIGINT,
  response_bytes     BIGINT,
  request_truncated  BOOLEAN,
  response_truncated BOOLEAN,
  request_encoding   TEXT,
  response_encoding  TEXT,
  upstream           TEXT,
  attempts           INTEGER,
  error              JSONB,
  trace_id           TEXT,
  span_id            TEXT,
  request_id         TEXT,
  redacted           JSONB,
  extra              JSONB,
  parse_error        TEXT,
  stored_at          DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')),
  PRIMARY KEY (event_day, id)
);

CREATE TABLE interface_body (
  event_day          TEXT NOT NULL,
  id                 TEXT NOT NULL,
  request_headers    JSONB,
  response_headers   JSONB,
  request_content    TEXT,
  response_content   TEXT,
  raw_line           TEXT,
  PRIMARY KEY (event_day, id)
);

-- The newest records first, and the same for one path and one status.
CREATE INDEX interface_log_request_time ON interface_log (request_time, id);
CREATE INDEX interface_log_path ON interface_log (path, request_time, id);
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
  id                 TEXT NOT NULL,
  gateway            TEXT NOT NULL,
  boot               TEXT NOT NULL,
  seq                BIGINT NOT NULL,
  in_flight          JSONB NOT NULL,
  closing            BOOLEAN NOT NULL,
  previous_boot      TEXT,
  previous_seq       BIGINT,
  stored_at          DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')),
  PRIMARY KEY (id)
);

CREATE INDEX ledger_mark_gateway_boot_seq ON ledger_mark (gateway, boot, seq);
