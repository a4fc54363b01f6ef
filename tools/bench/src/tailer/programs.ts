import { join } from "node:path";
import { build } from "esbuild";

const names = ["receiver", "live-writer", "read-limit"] as const;

/** Where the bench's own programs lie, by name. */
export type Programs = Readonly<Record<(typeof names)[number], string>>;

/** Bundles the programs that run as processes of their own: translating TypeScript at their start would disturb what is measured. */
export async function buildPrograms(directory: string): Promise<Programs> {
  await build({
    entryPoints: names.map((name) => join(import.meta.dirname, "programs", `${name}.ts`)),
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "warning",
  });
  return Object.fromEntries(names.map((name) => [name, join(directory, `${name}.mjs`)])) as Programs;
}
