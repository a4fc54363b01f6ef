import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";
import { describe, expect, test } from "vitest";
import { readGraph, violations } from "./boundaries.mjs";

const projects = ["apps", "libs", "tools"].flatMap((group) =>
  readdirSync(join(repositoryRoot, group), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [`${group}/${entry.name}`] : [],
  ),
);

function run(...command: [string, ...string[]]): { status: number | null; output: string } {
  const [program, ...args] = command;
  const { status, stdout, stderr } = spawnSync(join(repositoryRoot, "node_modules/.bin", program), args, {
    cwd: repositoryRoot,
    encoding: "utf8",
  });
  return { status, output: `${stdout}${stderr}` };
}

const ok = { status: 0 };

describe("the tree", () => {
  test("has no project that imports what the architecture forbids", () => {
    expect(violations(readGraph())).toEqual([]);
  }, 120_000);

  test("passes the linter, type-aware", () => {
    expect(run("oxlint", "--type-aware", "--deny-warnings", "--quiet", ".")).toMatchObject(ok);
  }, 120_000);

  test("is formatted", () => {
    expect(run("oxfmt", "--check", ".")).toMatchObject(ok);
  }, 60_000);

  // As one program, which is several times faster than a program for each project.
  test.each([".", "apps/console/web"])(
    "type-checks (%s)",
    (project) => {
      expect(run("tsc", "-p", project)).toMatchObject(ok);
    },
    300_000,
  );
});

describe("the boundary check", () => {
  const node = (type: string) => ({ data: { tags: [`type:${type}`] } });
  const nodes = {
    "@gatelog/a": node("app"),
    "@gatelog/b": node("app"),
    "@gatelog/topic": node("lib"),
    "@gatelog/masking": node("lib"),
    "@gatelog/service-kit": node("lib"),
  };
  const graph = (source: string, target: string) => ({
    nodes,
    dependencies: { [`@gatelog/${source}`]: [{ target: `@gatelog/${target}` }] },
  });

  test.each([
    ["a", "b", "an app is never imported"],
    ["topic", "a", "an app is never imported"],
    ["topic", "masking", "libs meet only in apps"],
    ["topic", "service-kit", "only apps may"],
  ])("catches that %s imports %s", (source, target, reason) => {
    expect(violations(graph(source, target))).toEqual([`${source} imports ${target}: ${reason}`]);
  });

  test("lets an app import a library", () => {
    expect(violations(graph("a", "topic"))).toEqual([]);
  });
});

test("every project has a README", () => {
  const without = projects.filter(
    (project) => /^(apps|libs)/.test(project) && !readdirSync(join(repositoryRoot, project)).includes("README.md"),
  );
  expect(without).toEqual([]);
});
