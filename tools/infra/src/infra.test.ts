import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { services } from "./services.ts";

function infra(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["--import", "tsx", join(import.meta.dirname, "main.ts"), ...args], { encoding: "utf8" });
}

test("status names every server and whether it is up", () => {
  const { status, stdout } = infra("status");
  expect(status).toBe(0);
  for (const name of Object.keys(services)) expect(stdout).toMatch(new RegExp(`^${name} +(up on 127\\.0\\.0\\.1:\\d+|down)`, "m"));
});

test("a server that does not exist is refused with the names of those that do", () => {
  const { status, stderr } = infra("up", "oracle");
  expect(status).toBe(1);
  expect(stderr).toBe('infra: "oracle" is not a server; known are: kafka, elasticsearch, postgres, mariadb\n');
});

test("without a command the usage is shown", () => {
  const { status, stderr } = infra();
  expect(status).toBe(1);
  expect(stderr).toContain("usage: npm run infra -- up|down|status");
});
