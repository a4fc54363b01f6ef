import { parseDatabaseUrl } from "@gatelog/database";
import { StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";

/** For commands that read or delete rows, which cannot be done on Oracle. **Errors**: StartError before anything is connected, with what to do instead. */
export function refuseOracle(command: string, { database }: Config, instead: string): void {
  if (parseDatabaseUrl(database.url).dialect !== "oracle") return;
  throw new StartError(`${command}: database.url is of Oracle, which db-sink only writes; ${instead}`);
}
