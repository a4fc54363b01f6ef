// Checks the project graph against the boundaries of the architecture. Usage: node tools/checks/src/boundaries.mjs
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../../..");

/** Which libraries a library may import besides `pipeline`. What is not named may import none: libs meet only in apps. */
const allowedBetweenLibs = {
  topic: ["segment-log"],
  masking: ["log-record"],
  database: ["log-record"],
  elasticsearch: ["log-record"],
};

/** Returns one sentence for each import that the architecture forbids. `graph` is the output of `nx graph --file`. */
export function violations(graph) {
  const typeOf = (name) => graph.nodes[name]?.data.tags?.find((tag) => tag.startsWith("type:"))?.slice(5);
  const found = [];
  for (const [source, dependencies] of Object.entries(graph.dependencies)) {
    for (const { target } of dependencies) {
      if (source === target || !(target in graph.nodes)) continue;
      const names = { source: shortName(source), target: shortName(target) };
      const reason = forbidden({ ...names, from: typeOf(source), to: typeOf(target) });
      if (reason) found.push(`${names.source} imports ${names.target}: ${reason}`);
    }
  }
  return found;
}

/** `@gatelog/topic` → `topic`. */
function shortName(project) {
  return project.replace(/^@gatelog\//, "");
}

function forbidden({ source, target, from, to }) {
  if (target === "testkit") return null; // only tests may, which the lint rule `no-restricted-imports` holds
  if (to === "app" && from !== "tool") return "an app is never imported";
  if (to === "tool" && from !== "tool") return "tools are not part of the product";
  if (from !== "lib" || source === "testkit") return null;
  if (target === "service-kit") return "only apps may";
  if (target === "pipeline" || allowedBetweenLibs[source]?.includes(target)) return null;
  return "libs meet only in apps";
}

/** The graph as nx sees it, sources analysed. Throws when nx could only make a partial one. */
export function readGraph() {
  const directory = mkdtempSync(join(tmpdir(), "gatelog-graph-"));
  try {
    const file = join(directory, "graph.json");
    const nx = spawnSync(join(root, "node_modules/.bin/nx"), ["graph", `--file=${file}`], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NX_DAEMON: "false" },
    });
    const output = `${nx.stdout}${nx.stderr}`;
    if (nx.status !== 0 || /partial (project )?graph/i.test(output)) throw new Error(`nx could not make the whole graph:\n${output}`);
    return JSON.parse(readFileSync(file, "utf8")).graph;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const found = violations(readGraph());
  for (const sentence of found) console.error(sentence);
  console.log(found.length === 0 ? "boundaries hold" : `${found.length} forbidden imports`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
