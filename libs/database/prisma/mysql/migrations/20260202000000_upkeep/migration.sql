-- What upkeep remembers from one run to the next.
CREATE TABLE upkeep_state (
  name               VARCHAR(191) NOT NULL,
  state              TEXT NOT NULL,
  PRIMARY KEY (name)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A project's calls in the order of time, for those who look at one project, and for projects with a retention of their own.
CREATE INDEX interface_log_project ON interface_log (project(191), request_time, id);

-- Marks are few.
CREATE INDEX ledger_mark_stored_at ON ledger_mark (stored_at);
