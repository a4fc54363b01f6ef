// Nx targets for every project, derived from where its package.json lies. A local plugin instead of npm scripts
// in each package: starting a target through npm costs 0.8 s, through this 0.1 s, and one file shows them all.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const cachedInputs = ["default", "^production"];

/** Projects whose tests run or check what lies in `examples/`. */
const readsExamples = new Set(["bench", "checks", "e2e", "tailer"]);

function runCommand(command, options = {}) {
  const { cwd = "{workspaceRoot}", ...rest } = options;
  return { executor: "nx:run-commands", options: { command, cwd }, ...rest };
}

function targetsOf(root) {
  const [group, name] = root.split("/");
  const at = (path) => existsSync(join(root, path));
  const needsCode = { cache: true, inputs: cachedInputs, dependsOn: ["generate", "^generate"] };
  const targets = {
    lint: runCommand(`oxlint --type-aware --deny-warnings ${root}`, needsCode),
    typecheck: runCommand(`tsc -p ${root}${at("web/tsconfig.json") ? ` && tsc -p ${root}/web` : ""}`, needsCode),
    test: runCommand(`vitest run --project ${name} --project ${name}-patient --passWithNoTests`, {
      ...needsCode,
      inputs: readsExamples.has(name) ? [...cachedInputs, "{workspaceRoot}/examples/**/*"] : cachedInputs,
      // The end-to-end tests drive the built apps; a project that tests its own process builds itself.
      dependsOn: name === "e2e" || name === "start" ? [{ projects: "tag:type:app", target: "build" }] : ["generate", "^generate"],
    }),
  };
  if (at("prisma")) {
    targets.generate = runCommand(`node generate.mjs`, {
      cwd: root,
      cache: true,
      inputs: ["{projectRoot}/prisma/**/*", "{projectRoot}/*.mjs", "{projectRoot}/prisma.config.ts"],
      outputs: ["{projectRoot}/src/generated"],
    });
  }
  if (group === "apps") {
    targets.build = runCommand(`node tools/build/build-app.mjs ${name}`, {
      ...needsCode,
      inputs: ["production", "^production"],
      outputs: [`{projectRoot}/dist`],
    });
    targets.serve = runCommand(`tsx watch --clear-screen=false src/main.ts --config dev.yaml`, {
      cwd: root,
      continuous: true,
      dependsOn: ["generate", "^generate"],
    });
  }
  if (name === "demo-api") targets.serve = runCommand(`tsx watch --clear-screen=false src/main.ts`, { cwd: root, continuous: true });
  return targets;
}

const typeOfGroup = { apps: "app", libs: "lib", tools: "tool" };

export const createNodesV2 = [
  "{apps,libs,tools}/*/package.json",
  (files) =>
    files.map((file) => {
      const root = dirname(file);
      const [group, name] = root.split("/");
      const tags = [`type:${typeOfGroup[group]}`, `name:${name}`];
      // The checks load every app's schema at run time, which no import statement shows.
      const implicitDependencies =
        name === "checks" ? ["gateway", "tailer", "processor", "db-sink", "console"].map((app) => `@gatelog/${app}`) : [];
      return [file, { projects: { [root]: { root, name, tags, implicitDependencies, targets: targetsOf(root) } } }];
    }),
];
