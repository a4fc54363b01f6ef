-- What upkeep remembers from one run to the next.
CREATE TABLE upkeep_state (
  name               text NOT NULL,
  state              text NOT NULL,
  PRIMARY KEY (name)
);

-- A project's calls in the order of time, for those who look at one project, and for projects with a retention of their own.
-- No row is locked: the index is completed partition by partition by db-sink's upkeep; new partitions have it from the beginning.
CREATE INDEX interface_log_project ON ONLY interface_log (project, request_time, id);

-- Marks are few.
CREATE INDEX ledger_mark_stored_at ON ledger_mark (stored_at);
