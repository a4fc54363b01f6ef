// Bundles one app into apps/<app>/dist/main.js: one ESM file with a source map, beside the files it needs at run time.
// Usage: node tools/build/build-app.mjs <app> [--standalone]
//   --standalone also copies the packages with native code into dist/node_modules, so that dist runs anywhere.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");

/** Packages with native code, or that only few load, or whose licence wants that they can be replaced (mariadb: LGPL): they stay outside of the bundle. */
const nativePackages = ["libsql", "@libsql/linux-*", "fs-native-extensions", "snappy", "oracledb", "mariadb"];

// CommonJS dependencies call `require`, which an ES module does not have.
const banner = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

const [app, flag] = process.argv.slice(2);
const project = join(root, "apps", app ?? "");
if (!app || !existsSync(join(project, "src/main.ts"))) {
  console.error(`build-app: "${app ?? ""}" is not an app with a src/main.ts; the apps are: ${readdirSync(join(root, "apps")).join(", ")}`);
  process.exit(1);
}

const dist = join(project, "dist");
rmSync(dist, { recursive: true, force: true });
const options = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  sourcesContent: false,
  legalComments: "none",
  // Node keeps the source as a string, with two bytes a character if only one is not Latin: as it is, 20 MiB of each process.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [{ name: "ascii", setup: (builder) => builder.onLoad({ filter: /\.[cm]?[jt]s$/ }, loadAsAscii) }],
  metafile: true,
  external: [...nativePackages, "vite", "pino-pretty"],
  banner: { js: banner },
  logLevel: "warning",
};
const metafiles = [await buildFile("main.ts", "main.js")];

async function buildFile(source, file) {
  const { metafile } = await build({ ...options, entryPoints: [join(project, "src", source)], outfile: join(dist, file) });
  return metafile;
}

/** Escapes what is not ASCII, which esbuild leaves as it is in comments and regular expressions. */
function loadAsAscii({ path }) {
  const text = readFileSync(path, "utf8");
  const contents = text.replaceAll(/\\?[\u0080-\uFFFF]/g, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { contents, loader: path.endsWith("ts") ? "ts" : "js" };
}

if (app === "db-sink") {
  copyMigrations();
  await addCodeLoader("db-sink.d.ts", "src/mapping/api", ["index.ts"]);
}
if (app === "processor") {
  await addCodeLoader("processor.d.ts", "src/pipeline-api", ["types.ts", "generated/api.ts", "define-pipeline.ts"]);
  // A file of its own: only `reprocess --database` loads it.
  metafiles.push(await buildFile("reprocess/database-driver.ts", "database.mjs"));
  // A thread's program, which is to have in memory only what it needs.
  metafiles.push(await buildFile("outputs/record-worker.ts", "record-worker.mjs"));
}
if (existsSync(join(project, "vite.config.ts"))) {
  const { build: buildWeb } = await import("vite");
  await buildWeb({ root: join(project, "web"), configFile: join(project, "vite.config.ts"), logLevel: "warn" });
}
if (flag === "--standalone") copyNativePackages();

/** What runs a pipeline.ts or a mapping.ts, and its types: files of their own, for the loader is large and most configurations are YAML. */
async function addCodeLoader(types, directory, sources) {
  const { codeTypes } = await import("./code-types.mjs");
  writeFileSync(join(dist, types), codeTypes(join(project, directory), sources));
  await build({
    entryPoints: [join(root, "node_modules/jiti/lib/jiti.cjs")],
    outfile: join(dist, "jiti.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "warning",
  });
}

function copyMigrations() {
  const providers = join(root, "libs/database/prisma");
  for (const provider of readdirSync(providers)) {
    const from = join(providers, provider, "migrations");
    if (existsSync(from)) cpSync(from, join(dist, "migrations", provider), { recursive: true });
  }
}

/** Copies the external packages that the bundle imports, with all that they depend on and that is installed. */
function copyNativePackages() {
  const imported = metafiles
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap(({ imports }) => imports.filter(({ external, path }) => external && !isBuiltin(path)).map(({ path }) => path));
  const waiting = imported.filter((name) => existsSync(join(root, "node_modules", name, "package.json")));
  const copied = new Set();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const from = join(root, "node_modules", name);
    if (copied.has(name) || !existsSync(from)) continue;
    copied.add(name);
    cpSync(from, join(dist, "node_modules", name), { recursive: true, dereference: true });
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
    waiting.push(...Object.keys(dependencies), ...Object.keys(optionalDependencies));
  }
}
