import { setTimeout as sleep } from "node:timers/promises";
import { freeze, restarted } from "./server-ends.ts";
import type { Hold } from "./sink-database.ts";
import type { SinkFault, SinkFaultKind } from "./sink-faults.ts";
import type { SinkParts } from "./sink-run.ts";

type Break = (fault: SinkFault, parts: SinkParts) => Promise<boolean | void>;

/** How each fault is done, to its end. */
const breaks: Readonly<Record<SinkFaultKind, Break>> = {
  "member-kill": async ({ member, awayMs }, { members }) => {
    const start = await members.kill(member);
    await sleep(awayMs);
    start();
  },
  "member-stop": async ({ member, awayMs }, { members }) => {
    const start = await members.stop(member);
    await sleep(awayMs);
    start();
  },
  "broker-kill": async ({ awayMs }, { kafka }) => {
    await kafka.kill();
    await sleep(awayMs);
    await restarted(kafka);
  },
  "database-kill": async ({ awayMs }, { database }) => {
    await database.server?.kill();
    await sleep(awayMs);
    if (database.server !== undefined) await restarted(database.server);
  },
  "database-freeze": async ({ awayMs }, { database }) => {
    const thaw = database.server && freeze(database.server);
    await sleep(awayMs);
    thaw?.();
  },
  "database-full": async ({ awayMs }, { database }) => {
    await held(database.fillDisk?.(), awayMs);
    // One that found no room for its own log has ended itself.
    const isUp = await database.query("SELECT 1 AS one").then(
      () => true,
      () => false,
    );
    if (!isUp && database.server !== undefined) await restarted(database.server);
  },
  "connections-taken": async ({ awayMs }, { database }) => held(await database.takeConnections?.(), awayMs),
  "tables-locked": async ({ awayMs }, { database }) => held(await database.lockTables(), awayMs),
  deadlock: async (_fault, { database }) => database.deadlock?.(),
  scale: async ({ member }, { members }) => members.scale(member + 1),
};

/** Does it, and ends it; true where it was a deadlock that another transaction met. */
export async function breakOnce(fault: SinkFault, parts: SinkParts): Promise<boolean> {
  return (await breaks[fault.kind](fault, parts)) === true;
}

async function held(hold: Hold | undefined, awayMs: number): Promise<void> {
  await sleep(awayMs);
  await hold?.release();
}
