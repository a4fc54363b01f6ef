import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

/** Projects that start whole stacks of processes and servers: they run after the others, one file at a time. */
const heavyProjects = new Set(["e2e", "start"]);
/** Files of these that wait most of their time: they run beside the others. */
const patientFiles: Readonly<Record<string, readonly string[]>> = {
  e2e: ["src/elasticsearch-down.test.ts", "src/kills-embedded.test.ts", "src/unreachable.test.ts"],
};

const allFiles = ["src/**/*.test.ts", "web/**/*.test.{ts,tsx}"];

const projects = ["apps", "libs", "tools"].flatMap((group) =>
  readdirSync(join(import.meta.dirname, group))
    .filter((name) => existsSync(join(import.meta.dirname, group, name, "package.json")))
    .flatMap((name) => {
      const root = join(group, name);
      if (!heavyProjects.has(name)) return [projectOf({ name, root, include: allFiles, isHeavy: false, isBeside: true })];
      const patient = patientFiles[name] ?? [];
      const heavy = projectOf({ name, root, include: allFiles, exclude: patient, isHeavy: true, isBeside: false });
      if (patient.length === 0) return [heavy];
      return [heavy, projectOf({ name: `${name}-patient`, root, include: patient, isHeavy: true, isBeside: true })];
    }),
);

interface ProjectPlan {
  readonly name: string;
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly isHeavy: boolean;
  /** Whether its files run beside those of other projects. */
  readonly isBeside: boolean;
}

function projectOf({ name, root, include, exclude = [], isHeavy, isBeside }: ProjectPlan) {
  return {
    extends: true as const,
    test: {
      name,
      root,
      include: [...include],
      exclude: [...configDefaults.exclude, ...exclude],
      sequence: { groupOrder: isBeside ? 0 : 1 },
      fileParallelism: isBeside,
      testTimeout: isHeavy ? 600_000 : 30_000,
      hookTimeout: isHeavy ? 600_000 : 120_000,
    },
  };
}

export default defineConfig({
  test: {
    projects,
    pool: "forks",
    maxWorkers: 2,
    retry: 0,
    reporters: ["default", "./tools/checks/src/count-reporter.ts"],
  },
});
