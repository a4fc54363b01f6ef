import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { loadConfig, loadYamlFile, type ConfigCheck } from "@gatelog/service-kit";
import type { TSchema } from "@gatelog/service-kit/reference";
import { expect, test } from "vitest";
import { appNames, loadExtraFiles } from "./reference/load-projects.ts";

const root = join(import.meta.dirname, "../../..");

/** Folders without configurations of ours. */
const skipped = new Set(["node_modules", "dist", "data", "generated", "charts"]);

function yamlFilesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : yamlFilesBelow(path);
    return entry.name.endsWith(".yaml") ? [path] : [];
  });
}

/** The app that a file configures: `apps/<app>/dev.yaml`, or `<app>.yaml` anywhere. */
function appOf(file: string): string | undefined {
  const name = basename(file) === "dev.yaml" ? basename(dirname(file)) : basename(file, ".yaml");
  return appNames.find((app) => app === name);
}

const files = ["apps", "deploy", "examples"]
  .map((group) => join(root, group))
  .filter(existsSync)
  .flatMap(yamlFilesBelow);

test("every configuration in the repository is valid", { timeout: 60_000 }, async () => {
  const checked = new Set<string>();
  for (const file of files) {
    const app = appOf(file);
    if (app === undefined) continue;
    const module = (await import(/* @vite-ignore */ join(root, "apps", app, "src/config.ts"))) as {
      readonly configSchema: TSchema;
      readonly checkConfig: ConfigCheck<unknown>;
    };
    expect(() => loadConfig({ app, schema: module.configSchema, check: module.checkConfig, file, env: {} })).not.toThrow();
    checked.add(relative(root, file));
  }
  expect([...checked]).toEqual(expect.arrayContaining(appNames.map((app) => `apps/${app}/dev.yaml`)));
});

test("every routes file in the repository is valid", { timeout: 60_000 }, async () => {
  const routes = files.filter((file) => basename(dirname(file)) === "routes.d");
  expect(routes.length).toBeGreaterThan(0);
  const [{ schema } = { schema: undefined }] = await loadExtraFiles(root);
  for (const file of routes) expect(() => loadYamlFile({ schema: schema as TSchema, file })).not.toThrow();
});
