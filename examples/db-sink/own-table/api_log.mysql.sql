-- The team's own log table, as it stands in MySQL or MariaDB: the seven fields of the article, under the call's id.
-- DATETIME keeps the clock of the mapping's zone as it is; TIMESTAMP would take it for UTC.
CREATE TABLE api_log (
  id               varchar(36)   NOT NULL,
  status           varchar(8),
  request_time     datetime,
  response_time    datetime,
  request_url      varchar(2000),
  method           varchar(2000),
  request_content  text,
  response_content text,
  created_at       datetime      DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) DEFAULT CHARSET = utf8mb4;
