import { seedOfRun } from "@gatelog/testkit";
import { expect, test } from "vitest";
import type { SinkFaultKind } from "./sink-faults.ts";
import { soakDbSink } from "./soak-db-sink.ts";
import { canMountDisks } from "./small-disk.ts";

const seed = seedOfRun();
const kinds: readonly SinkFaultKind[] = [
  "member-kill",
  "broker-kill",
  "database-kill",
  "database-freeze",
  "database-full",
  "connections-taken",
  "tables-locked",
  "deadlock",
];

test("four members that share five connections: whatever is killed, frozen, filled, taken and locked, each record is one row, and only what a constraint refuses is a dead letter", async () => {
  const { violations, ...report } = await soakDbSink({
    seed,
    database: "postgresql",
    kinds,
    awayMsMax: 1500,
    calmMsMax: 1500,
    recordsPerSecond: 500,
    membersFirst: 4,
    connectionsMax: 5,
    say: console.log,
  });
  console.log(`seed ${seed}: ${JSON.stringify(report)}`);
  expect(violations, `GATELOG_SEED=${seed}`).toEqual([]);
  const filled = canMountDisks ? { "database-full": 1 } : {};
  expect(report.faults).toMatchObject({
    "member-kill": 1,
    "broker-kill": 1,
    "database-kill": 1,
    "database-freeze": 1,
    deadlock: 1,
    ...filled,
  });
  expect(report.rows).toBeGreaterThan(0);
  expect(report.deadlocksMet).toBe(1);
});
