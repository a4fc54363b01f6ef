import type { DatabaseError } from "../errors.ts";
import { Cutoffs, type Retention } from "../upkeep/retention.ts";
import { fillTextTables } from "../text/fill-texts-mysql.ts";
import { deleteOldRest, dropOldTextTables } from "../text/old-texts-mysql.ts";
import { setTextTables } from "../text/set-texts-mysql.ts";
import {
  type OldestKept,
  rowsPerStepDefault,
  runUpkeep,
  upkeepElsewhere,
  type UpkeepOptions,
  type UpkeepReport,
} from "../upkeep/upkeep.ts";
import type { MysqlSession } from "./mysql-session.ts";
import { createMysqlPartitions, dropMysqlPartitions } from "./partitions-mysql.ts";
import { MysqlSqlSession } from "./sql-session-mysql.ts";

/** The lock of whoever does the upkeep; names are the server's, so that the database's is in it. */
const lockSql = "SELECT GET_LOCK(CONCAT('gatelog upkeep ', LEFT(DATABASE(), 40)), 0) AS taken";

/** What upkeep of MySQL or MariaDB is given. */
export interface MysqlUpkeep extends UpkeepOptions {
  readonly nowMs: number;
  readonly retention: Retention;
  readonly onFailure: (error: DatabaseError) => void;
}

/** Does the upkeep on a session of its own, with which its lock ends; only one process does it at a time. */
export async function upkeepMysql(session: MysqlSession, input: MysqlUpkeep): Promise<UpkeepReport> {
  const { nowMs, retention, onFailure, signal, textSearch, rowsPerStep = rowsPerStepDefault } = input;
  const [row] = await session.query(lockSql);
  if (Number(row?.["taken"]) !== 1) return upkeepElsewhere;
  const sql = new MysqlSqlSession(session);
  const texts = { session, sql, nowMs, kept: new Cutoffs(retention, nowMs).longest, onFailure, from: input.partitionsFrom };
  const partitions = {
    create: async () => [
      ...(await createMysqlPartitions(session, nowMs, { onFailure, signal, from: input.partitionsFrom })),
      ...(textSearch === undefined ? [] : await setTextTables(texts, textSearch)),
    ],
    drop: async ({ longest, rollUp }: OldestKept) => [
      ...(await dropMysqlPartitions(
        session,
        { interface_log: longest.metadata, interface_body: longest.body, call_roll_up: rollUp },
        { onFailure, signal },
      )),
      ...(await dropOldTextTables(texts)),
    ],
  };
  const report = await runUpkeep(sql, { ...input, partitions });
  await deleteOldRest(texts, { rowsPerStep, signal });
  if (textSearch === true) await fillTextTables(session, sql, { rowsPerStep, signal });
  return report;
}
