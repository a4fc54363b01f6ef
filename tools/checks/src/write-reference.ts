// Writes docs/reference from the schemas, metrics and error tables in the code. Usage: npm run reference
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { toEditorSchema, type TSchema } from "@gatelog/service-kit/reference";
import { format } from "oxfmt";
import { withFilters } from "./reference/filter-schema.ts";
import { filtersPage } from "./reference/filters-page.ts";
import { appNames, loadApp, loadExtraFiles, loadFilters, loadLibraryErrors } from "./reference/load-projects.ts";
import { configPage, errorsPage, metricsPage } from "./reference/pages.ts";

/** Every file of the reference: its path from the repository's root, and what it must hold. */
export async function buildReference(root: string): Promise<ReadonlyMap<string, string>> {
  const apps = await Promise.all(appNames.map((name) => loadApp(root, name)));
  const extraFiles = await loadExtraFiles(root);
  const filters = await loadFilters(root);
  const editorSchemaOf = (name: string, schema: TSchema, title: string) => {
    const editorSchema = toEditorSchema(schema, title);
    return name === "processor" ? withFilters(editorSchema, filters) : editorSchema;
  };
  const schemas = [
    ...apps.map((app) => ({ name: app.name, title: `${app.name}.yaml of gatelog`, schema: app.configSchema })),
    ...extraFiles.map((extra) => ({ name: extra.schemaName, title: `${extra.file} of gatelog`, schema: extra.schema })),
  ];
  const files: readonly (readonly [path: string, content: string])[] = [
    ["docs/reference/config.md", configPage(apps, extraFiles)],
    ["docs/reference/filters.md", filtersPage(filters)],
    ["docs/reference/metrics.md", await metricsPage(apps)],
    ["docs/reference/errors.md", errorsPage(apps, await loadLibraryErrors(root))],
    ...schemas.map(
      ({ name, title, schema }) =>
        [`docs/reference/schema/${name}.schema.json`, `${JSON.stringify(editorSchemaOf(name, schema, title), null, 2)}\n`] as const,
    ),
  ];
  const { generateApi } = (await import(join(root, "apps/processor/src/pipeline-api/generate.ts"))) as { generateApi: () => string };
  // Generated sources are not formatted.
  return new Map([...(await formatted(root, files)), ["apps/processor/src/pipeline-api/generated/api.ts", generateApi()]]);
}

/** The files as `npm run format` leaves them, so that the formatter never puts the reference out of step. */
async function formatted(root: string, files: readonly (readonly [string, string])[]): Promise<ReadonlyMap<string, string>> {
  const { printWidth = 80 } = JSON.parse(await readFile(join(root, ".oxfmtrc.json"), "utf8")) as { printWidth?: number };
  const result = new Map<string, string>();
  for (const [path, content] of files) {
    const { code, errors } = await format(path, content, { printWidth });
    if (errors.length > 0) throw new Error(`${path} cannot be formatted: ${errors.map((error) => error.message).join("; ")}`);
    result.set(path, code);
  }
  return result;
}

async function main(): Promise<void> {
  const root = join(import.meta.dirname, "../../..");
  for (const [path, content] of await buildReference(root)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    console.log(path);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
