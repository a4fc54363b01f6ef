import { lstatSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom, seedOfRun, temporaryDirectory } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { fromStats, statusOf } from "./file-status.ts";

test("numbers and large integers say the same of a file, its time to the last bit", async () => {
  const directory = await temporaryDirectory();
  const path = join(directory.path, "file");
  writeFileSync(path, "content");
  const random = seededRandom(seedOfRun());
  for (let round = 0; round < 200; round += 1) {
    const seconds = random.integer(0, 2 ** 31) + random.next();
    utimesSync(path, seconds, seconds);
    const byNumbers = fromStats(lstatSync(path));
    expect(fromStats(lstatSync(path, { bigint: true })), `seed ${random.seed}`).toEqual(byNumbers);
    expect(statusOf(path, false)).toEqual(byNumbers);
  }
  await directory.remove();
});

test("an inode over 2^53 keeps its last digit", () => {
  const stats = Object.assign(lstatSync("/", { bigint: true }), { ino: 2n ** 63n + 1n });
  expect(fromStats(stats).inode).toBe("9223372036854775809");
});
