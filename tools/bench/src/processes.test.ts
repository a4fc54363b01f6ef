import { spawn } from "node:child_process";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { cpuSeconds, parseStat, residentMebibytes } from "./processes.ts";

test("a stat line is read although the name in it holds brackets and spaces", () => {
  const stat = "42 (a) b (c)) S 7 42 42 0 -1 4194560 100 0 0 0 13 4 5 6 20 0 1 0 100 1000 200";
  expect(parseStat(stat)).toEqual({ parent: 7, own: 17, ended: 11 });
});

test("CPU and memory of a process include its children's", async () => {
  // The child ends when its standard input does, which is when its parent is killed.
  const child = "while (process.cpuUsage().user < 400_000); process.stdin.resume()";
  const script = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}])`;
  const parent = spawn(process.execPath, ["-e", script]);
  try {
    await waitFor(() => cpuSeconds(parent.pid ?? 0) > 0.3, { what: "the child's CPU time" });
    expect(residentMebibytes(parent.pid ?? 0)).toBeGreaterThan(50);
  } finally {
    parent.kill("SIGKILL");
  }
});

test("a process that has ended has used nothing", () => expect([cpuSeconds(2 ** 30), residentMebibytes(2 ** 30)]).toEqual([0, 0]));
