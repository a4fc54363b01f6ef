import {
  describeKeys,
  registerAppMetrics,
  Registry,
  variablePrefix,
  workerExitCounter,
  type TSchema,
} from "@gatelog/service-kit/reference";
import type { AppReference, ErrorTable, ExtraFile } from "./load-projects.ts";
import { code, generatedNote, plain, table } from "./markdown.ts";

/** docs/reference/config.md: every key of every app. */
export function configPage(apps: readonly AppReference[], extraFiles: readonly ExtraFile[]): string {
  const sections = apps.flatMap((app) => [
    `## ${app.name}\n\nFile: ${code(`${app.name}.yaml`)}, schema: [schema/${app.name}.schema.json](schema/${app.name}.schema.json), variables: ${code(`${variablePrefix(app.name)}…`)}\n\n${keyTable(app.configSchema)}`,
    ...extraFiles.filter((extra) => extra.app === app.name).map(extraSection),
  ]);
  return page("Configuration", configIntroduction, sections);
}

/** docs/reference/metrics.md: every metric of every app. */
export async function metricsPage(apps: readonly AppReference[]): Promise<string> {
  const common = new Registry();
  registerAppMetrics(common, { name: "app", version: "0", readiness: () => [] });
  const sections = [`## Every app\n\n${await metricTable(common)}`];
  for (const app of apps) {
    const registry = new Registry();
    app.createMetrics(registry);
    if (describeKeys(app.configSchema).some(({ path }) => path === "workers")) workerExitCounter(registry, app.name);
    sections.push(`## ${app.name}\n\n${await metricTable(registry)}`);
  }
  return page("Metrics", metricsIntroduction, sections);
}

/** docs/reference/errors.md: every code of every app and library. */
export function errorsPage(apps: readonly AppReference[], libraries: ReadonlyMap<string, ErrorTable>): string {
  const section = (title: string, errors: ErrorTable) =>
    `## ${title}\n\n${table(
      ["Code", "What it means, and what to do"],
      Object.entries(errors).map(([name, meaning]) => [code(name), meaning]),
    )}`;
  const sections = [
    ...apps.map((app) => section(`apps/${app.name}`, app.errors)),
    ...[...libraries].map(([name, errors]) => section(`libs/${name}`, errors)),
  ];
  return page("Error codes", "The codes in logs, in the reasons of `/readyz`, and beside dead letters.", sections);
}

const configIntroduction = `One YAML file per app. Every key can be overridden by an environment variable: the app's prefix, then the key in capitals, with \`_\` between
the words of a name and \`__\` between nested keys: ${code("GATELOG_DB_SINK_BATCH__ROWS_MAX=500")} sets ${code("batch.rowsMax")}. Lists and mappings are given as JSON. With \`_FILE\` at its
end, a variable names a file that holds the value, e.g. a secret: ${code("GATELOG_DB_SINK_DATABASE__URL_FILE=/run/secrets/url")}. Paths and \`file:\` URLs are relative to the
configuration file. Unknown keys and variables are refused. ${code("node apps/<app>/dist/main.js --config FILE --check")} validates and exits.

An editor with a YAML language server completes and checks a file that begins with a line such as
${code("# yaml-language-server: $schema=…/docs/reference/schema/gateway.schema.json")}.`;

const metricsIntroduction = `Served in the Prometheus text format at \`/metrics\` of each app's admin port, together with the process's own metrics
(${code("process_*")}, ${code("nodejs_*")}) of prom-client.`;

/** A page of the reference. */
export function page(title: string, introduction: string, sections: readonly string[]): string {
  return `${generatedNote}\n\n# ${title}\n\n${introduction}\n\n${sections.join("\n\n")}\n`;
}

function extraSection(extra: ExtraFile): string {
  const link = `[schema/${extra.schemaName}.schema.json](schema/${extra.schemaName}.schema.json)`;
  return `### ${extra.app}: ${extra.file}\n\nSchema: ${link}. No environment variables.\n\n${keyTable(extra.schema)}`;
}

/** Every key of a schema, a row each. */
export function keyTable(schema: TSchema, heading = "Key"): string {
  const rows = describeKeys(schema).map((key) => [
    code(key.path),
    plain(key.type),
    key.required ? "**required**" : key.default === undefined ? "" : code(key.default),
    plain(key.description),
  ]);
  return table([heading, "Value", "Default", "Meaning"], rows);
}

/** What prom-client tells of a metric beyond its public type. */
interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly labelNames?: readonly string[];
}

async function metricTable(registry: Registry): Promise<string> {
  const values = await registry.getMetricsAsJSON();
  const described = registry.getMetricsAsArray() as unknown as readonly MetricDescription[];
  const typeOf = new Map(values.map(({ name, type }) => [name, String(type)]));
  const rows = described.map((metric) => [
    code(metric.name),
    typeOf.get(metric.name) ?? "",
    (metric.labelNames ?? []).map((label) => code(label)).join(", "),
    metric.help,
  ]);
  return table(["Metric", "Type", "Labels", "Meaning"], rows);
}
