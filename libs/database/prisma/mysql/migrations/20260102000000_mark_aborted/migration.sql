-- Which calls were left by their clients after their record was complete: a JSON array of seq, NULL where a mark tells of none.

ALTER TABLE ledger_mark ADD COLUMN aborted json;
