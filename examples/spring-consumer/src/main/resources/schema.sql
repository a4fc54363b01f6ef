CREATE TABLE IF NOT EXISTS api_call (
  -- gatelog's id: the same in Elasticsearch, in interface_log and here.
  id               uuid PRIMARY KEY,
  request_time     timestamptz(3),
  project          text,
  route            text,
  success          boolean,
  duration_ms      double precision,
  status           integer,
  http_method      text,
  url              text,
  path             text,
  request_content  text,
  response_content text,
  -- Of what could not be read: the reason and the line.
  parse_error      text,
  raw_line         text,
  stored_at        timestamptz(3) NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS api_call_request_time ON api_call (request_time);
