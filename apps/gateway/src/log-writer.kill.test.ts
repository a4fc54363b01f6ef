import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManagedProcess, repositoryRoot, seededRandom, seedOfRun, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readLines } from "./test/running-gateway.ts";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "gatelog-kill-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("every line that was said to be durable is in a file after SIGKILL at any moment", { timeout: 60_000 }, async () => {
  const random = seededRandom(seedOfRun());
  for (const boot of ["20261123080000a1b200", "20261123080001a1b200", "20261123080002a1b200"]) {
    const writer = new ManagedProcess({
      command: process.execPath,
      arguments: ["--import", "tsx", join(import.meta.dirname, "test/durable-writer.ts"), dir, boot],
      cwd: repositoryRoot,
      logFile: join(dir, `told-${boot}.txt`),
    });
    const told = () => writer.output().split("\n").slice(0, -1);
    const enough = random.integer(20, 2000);
    try {
      await waitFor(() => told().length > enough, { intervalMs: 5 });
    } finally {
      await writer.kill();
    }
    const written = new Set(readLines(dir));
    expect(told().filter((line) => line.startsWith(boot) && !written.has(line))).toEqual([]);
  }
});
