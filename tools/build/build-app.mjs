// Bundles one app into apps/<app>/dist/main.js: one ESM file with a source map, beside the files it needs at run time.
// Usage: node tools/build/build-app.mjs <app>
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");

/** Packages with native code: they stay outside of the bundle and are installed beside it. */
export const nativePackages = ["libsql", "@libsql/linux-*", "fs-native-extensions", "snappy"];

// CommonJS dependencies call `require`, which an ES module does not have.
const banner = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

const [app] = process.argv.slice(2);
const project = join(root, "apps", app ?? "");
if (!app || !existsSync(join(project, "src/main.ts"))) {
  console.error(`build-app: "${app ?? ""}" is not an app with a src/main.ts; the apps are: ${readdirSync(join(root, "apps")).join(", ")}`);
  process.exit(1);
}

const dist = join(project, "dist");
rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: [join(project, "src/main.ts")],
  outfile: join(dist, "main.js"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  sourcesContent: false,
  legalComments: "none",
  external: [...nativePackages, "vite", "pino-pretty"],
  banner: { js: banner },
  logLevel: "warning",
});

if (app === "db-sink") {
  const migrations = join(root, "libs/database/prisma");
  for (const provider of readdirSync(migrations)) {
    const from = join(migrations, provider, "migrations");
    if (existsSync(from)) cpSync(from, join(dist, "migrations", provider), { recursive: true });
  }
}
if (existsSync(join(project, "vite.config.ts"))) {
  const { build: buildWeb } = await import("vite");
  await buildWeb({ root: join(project, "web"), configFile: join(project, "vite.config.ts"), logLevel: "warn" });
}
