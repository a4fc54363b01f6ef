import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const main = join(import.meta.dirname, "main.ts");

test.each([[["--help"]], [["-h"]], [["tailer", "--help"]]])("%j prints the usage and ends with 0", { timeout: 60_000 }, (args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", main, ...args], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^usage: npm run bench -- [\s\S]*gateway[\s\S]*tailer/);
});
