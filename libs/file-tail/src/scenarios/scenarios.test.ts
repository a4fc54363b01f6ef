import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";
import { expect, test } from "vitest";

const project = join(repositoryRoot, "libs/file-tail");

/** The rows of SCENARIOS.md: a scenario, and one of the files that it says to be tested in. */
async function claims(): Promise<{ scenario: string; file: string }[]> {
  const rows = (await readFile(join(project, "SCENARIOS.md"), "utf8")).split("\n").filter((row) => row.startsWith("| `"));
  return rows.flatMap((row) => {
    const scenario = /^\| `([^`]+)`/.exec(row)?.[1] ?? "";
    return [...row.matchAll(/\]\((src\/[^)]+)\)/g)].map(([, file = ""]) => ({ scenario, file: join(project, file) }));
  });
}

/** Titles as the test runner sees them, tables spelled out. In one worker without isolation: nothing runs, and it takes a third of the time. */
function titlesOf(files: readonly string[]): { name: string; file: string }[] {
  const vitest = join(repositoryRoot, "node_modules/.bin/vitest");
  const { stdout, stderr } = spawnSync(vitest, ["list", "--project", "file-tail", ...files, "--no-isolate", "--maxWorkers=1", "--json"], {
    cwd: repositoryRoot,
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
  if (!stdout.startsWith("[")) throw new Error(`the tests cannot be listed: ${stderr}${stdout}`);
  return JSON.parse(stdout) as { name: string; file: string }[];
}

test("SCENARIOS.md names scenarios that are the beginnings of titles in the files that it names", async () => {
  const claimed = await claims();
  expect(claimed.length).toBeGreaterThan(70);
  const titles = titlesOf([...new Set(claimed.map(({ file }) => file))]);
  const isTested = ({ scenario, file }: { scenario: string; file: string }) =>
    titles.some((title) => title.file === file && title.name.startsWith(scenario) && /^[ :,]/.test(title.name.slice(scenario.length)));
  expect(claimed.filter((claim) => !isTested(claim)).map(({ scenario, file }) => `${scenario}: ${file}`)).toEqual([]);
}, 120_000);
