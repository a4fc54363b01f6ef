/** Every error code of db-sink: what it means, and what to do. The reference page is generated from it. */
export const errors = {
  GATELOG_DB_SINK_RETRYING: "The database does not take a batch now. It is tried again with back-off; the messages wait in the topic.",
  GATELOG_DB_SINK_DEAD_LETTER:
    "The database refused a row for good. The message is in the dead-letter topic with the reason; the others go on.",
  GATELOG_DB_SINK_DEAD_LETTERS_WAIT:
    "The dead-letter topic does not take a message that the database refused (the reason is in the message). Its partition waits and it is tried again for ever, for nothing is dropped; the database is not at fault. Check the topic `<topic>.dlt`: its brokers, the rights to it, its largest message.",
  GATELOG_DB_SINK_PAUSED:
    "The database refused many rows in a row, so the cause is more likely the database than the rows. Nothing more is dead-lettered; db-sink tries again by itself. Look at the reason.",
  GATELOG_DB_SINK_HELD_BACK:
    "A batch that waited because of `limits` was given back: the service stops, or the group shares its partitions anew. Nothing is lost; it is read again.",
  GATELOG_DB_SINK_NOT_PREPARED:
    "The database is not reachable, or its tables could not be created or brought up to date. It is tried again; the reason says why.",
  GATELOG_DB_SINK_TLS_RELOADED: "Certificates or keys for the brokers were changed. Connections made from now on use them.",
  GATELOG_DB_SINK_TLS_UNUSABLE:
    "Changed certificates or keys for the brokers cannot be used (the reason is in the message). Connections go on with those before; put the files right.",
  GATELOG_DB_SINK_OWN_TABLE:
    "The team's own table does not fit its mapping, so nothing is written. The message names each column; `db-sink table check` says the same. Change the table or the mapping; a changed table is noticed by itself.",
  GATELOG_DB_SINK_OWN_TABLE_RISK:
    "The team's own table may refuse some rows (a column that is shorter than its values, NOT NULL without a default). Their records would become dead letters.",
  GATELOG_DB_SINK_MAPPING_FAULT:
    "A value for the team's own table was cut, mended or could not be made (its expression failed); the column has its default, or NULL. Each kind is told once and counted each time.",
  GATELOG_DB_SINK_LATE:
    "Rows came that are older than `retention.metadataDays`: they are stored, counted in call_roll_up and go with the next upkeep. Where a topic is read again whose rows were removed already, they are counted once more (ADR 22 says how to prevent it). Told once an hour at most; `gatelog_db_sink_rows_late_total` counts them.",
  GATELOG_DB_SINK_MIGRATED: "The tables were created or brought up to date.",
  GATELOG_DB_SINK_UPKEEP: "Upkeep of the tables created partitions, or removed what is older than `retention`; the message says what.",
  GATELOG_DB_SINK_UPKEEP_FAILED:
    "Upkeep of the tables did not end; calls are stored all the same. It is tried again a minute later; the reason says why.",
} as const;

/** Code of an error of db-sink. */
export type DbSinkErrorCode = keyof typeof errors;
