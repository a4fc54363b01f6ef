import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Projects that start whole stacks of processes and servers: they run after the others, one file at a time. */
const heavyProjects = new Set(["e2e", "start"]);

const projects = ["apps", "libs", "tools"].flatMap((group) =>
  readdirSync(join(import.meta.dirname, group))
    .filter((name) => existsSync(join(import.meta.dirname, group, name, "package.json")))
    .map((name) => {
      const heavy = heavyProjects.has(name);
      return {
        extends: true as const,
        test: {
          name,
          root: join(group, name),
          include: ["src/**/*.test.ts", "web/**/*.test.{ts,tsx}"],
          sequence: { groupOrder: heavy ? 1 : 0 },
          fileParallelism: !heavy,
          testTimeout: heavy ? 600_000 : 30_000,
          hookTimeout: heavy ? 600_000 : 120_000,
        },
      };
    }),
);

export default defineConfig({
  test: {
    projects,
    pool: "forks",
    maxWorkers: 2,
    retry: 0,
    reporters: ["default", "./tools/checks/src/count-reporter.ts"],
  },
});
