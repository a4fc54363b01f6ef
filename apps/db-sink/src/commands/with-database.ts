import { DatabaseError, openDatabase, type Database } from "@gatelog/database";
import { StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { stderrLine } from "./stderr-line.ts";

/** Opens the database of a configuration for one command, and closes it. **Errors**: StartError, one sentence that begins with the command's name. */
export async function withDatabase<T>(name: string, config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const { url, statementTimeoutMs } = config.database;
  const database = openDatabase(url, { connectionsMax: 1, statementTimeoutMs, onEvent: ({ message }) => stderrLine(message) });
  try {
    return await work(database);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message = error instanceof DatabaseError ? error.message : database.classify(error).message;
    throw new StartError(`${name}: ${message}`, { cause: error });
  } finally {
    await database.close();
  }
}
