import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Projects that start whole stacks of processes and servers. */
const heavyProjects = new Set(["e2e", "start"]);

/** Libraries whose tests leave nothing behind: their files share a process, and what it has loaded. */
const sharingProjects = new Set(["log-record", "lumberjack", "masking", "pipeline"]);

const allFiles = ["src/**/*.test.ts", "web/**/*.test.{ts,tsx}"];

const projects = ["apps", "libs", "tools"].flatMap((group) =>
  readdirSync(join(import.meta.dirname, group))
    .filter((name) => existsSync(join(import.meta.dirname, group, name, "package.json")))
    .map((name) => projectOf(name, join(group, name))),
);

function projectOf(name: string, root: string) {
  const isHeavy = heavyProjects.has(name);
  return {
    extends: true as const,
    test: {
      name,
      root,
      include: allFiles,
      isolate: !sharingProjects.has(name),
      testTimeout: isHeavy ? 600_000 : 30_000,
      hookTimeout: isHeavy ? 600_000 : 120_000,
    },
  };
}

export default defineConfig({
  test: {
    projects,
    pool: "forks",
    // One more than CI has cores: many files wait for servers most of their time.
    maxWorkers: 3,
    retry: 0,
    reporters: ["default", "./tools/checks/src/count-reporter.ts"],
  },
});
