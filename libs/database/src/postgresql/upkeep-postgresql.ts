import type { DatabaseError } from "../errors.ts";
import type { Retention } from "../upkeep/retention.ts";
import { type OldestKept, runUpkeep, upkeepElsewhere, type UpkeepOptions, type UpkeepReport } from "../upkeep/upkeep.ts";
import { completeIndexes } from "./complete-indexes.ts";
import { dropPartitions } from "./drop-partitions.ts";
import { type OwnClientConfig, withOwnClient } from "./own-client.ts";
import { createPartitions } from "./partitions.ts";
import { setTextIndexes } from "./text-indexes-postgresql.ts";
import { PostgresqlSession } from "./postgresql-session.ts";

/** The advisory lock of whoever does the upkeep of a database; that of migrations is another one. */
const advisoryLock = 72_707_370;

/** What upkeep of PostgreSQL is given. */
export interface PostgresqlUpkeep extends UpkeepOptions {
  readonly nowMs: number;
  readonly retention: Retention;
  readonly onFailure: (error: DatabaseError) => void;
}

/** Does the upkeep over a connection of its own, so that no batch waits for one; only one process does it at a time. */
export async function upkeepPostgresql(connection: OwnClientConfig, input: PostgresqlUpkeep): Promise<UpkeepReport> {
  const { nowMs, onFailure } = input;
  return withOwnClient(connection, async (client) => {
    const signal = AbortSignal.any([client.lost, ...(input.signal === undefined ? [] : [input.signal])]);
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1) AS taken", [advisoryLock]);
    if (rows[0]?.taken !== true) return upkeepElsewhere;
    const partitions = {
      create: async () => [
        ...(await createPartitions(client, nowMs, onFailure, { from: input.partitionsFrom, signal })),
        ...(input.textSearch === undefined ? [] : await setTextIndexes(client, input.textSearch, onFailure)),
        ...(await completeIndexes(client, { onFailure, signal })),
      ],
      drop: ({ longest, rollUp }: OldestKept) =>
        dropPartitions(
          client,
          { interface_log: longest.metadata, interface_body: longest.body, call_roll_up: rollUp },
          { onFailure, signal },
        ),
    };
    return runUpkeep(new PostgresqlSession(client), { ...input, signal, partitions });
  });
}
