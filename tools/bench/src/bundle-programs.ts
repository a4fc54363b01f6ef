import { join } from "node:path";
import { build } from "esbuild";

/** Bundles programs of a bench that run as processes of their own: translating TypeScript at their start would disturb what is measured. */
export async function bundlePrograms<Name extends string>(
  names: readonly Name[],
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Readonly<Record<Name, string>>> {
  await build({
    entryPoints: names.map((name) => join(from, `${name}.ts`)),
    outdir: to,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // CommonJS dependencies call `require`, which an ES module does not have.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: "warning",
  });
  return Object.fromEntries(names.map((name) => [name, join(to, `${name}.mjs`)])) as Record<Name, string>;
}
