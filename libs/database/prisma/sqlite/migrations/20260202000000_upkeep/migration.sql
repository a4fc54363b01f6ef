-- What upkeep remembers from one run to the next.
CREATE TABLE upkeep_state (
  name               TEXT NOT NULL,
  state              TEXT NOT NULL,
  PRIMARY KEY (name)
) WITHOUT ROWID;

-- A project's calls in the order of time, for those who look at one project, and for projects with a retention of their own.
CREATE INDEX interface_log_project ON interface_log (project, request_time, id);

-- Marks are few.
CREATE INDEX ledger_mark_stored_at ON ledger_mark (stored_at);
