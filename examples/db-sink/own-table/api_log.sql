-- The team's own log table, as it stands in PostgreSQL: the seven fields of the article, under the call's id.
CREATE TABLE api_log (
  id               varchar(36)   NOT NULL,
  status           varchar(8),
  request_time     timestamp,
  response_time    timestamp,
  request_url      varchar(2000),
  method           varchar(2000),
  request_content  text,
  response_content text,
  created_at       timestamp     DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
);
