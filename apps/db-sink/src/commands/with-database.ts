import { DatabaseError, type DatabaseEvent, openDatabase, type Database } from "@gatelog/database";
import { StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { stderrLine } from "./stderr-line.ts";

/** What a command does with a database; `failures` counts parts that failed and were told. */
export type DatabaseWork<T> = (database: Database, failures: () => number) => Promise<T>;

/** Opens the database of a configuration for one command, and closes it. **Errors**: StartError, one sentence that begins with the command's name. */
export async function withDatabase<T>(name: string, config: Config, work: DatabaseWork<T>): Promise<T> {
  const { url, statementTimeoutMs } = config.database;
  let failures = 0;
  const onEvent = ({ code, level, message }: DatabaseEvent) => {
    stderrLine(message);
    // A connection that ended is replaced.
    if (level !== "info" && code !== "GATELOG_DATABASE_UNAVAILABLE") failures += 1;
  };
  const database = openDatabase(url, { connectionsMax: 1, statementTimeoutMs, onEvent });
  try {
    return await work(database, () => failures);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message = error instanceof DatabaseError ? error.message : database.classify(error).message;
    throw new StartError(`${name}: ${message}`, { cause: error });
  } finally {
    await database.close();
  }
}
