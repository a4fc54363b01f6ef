import type { Client } from "@elastic/elasticsearch";
import { elasticsearchTemplate } from "@gatelog/log-record";
import { transient } from "./classify.ts";
import type { BulkTarget } from "./document.ts";
import { installLifecycle, nameOf } from "./lifecycle.ts";

/** Which server answers. */
export interface ServerInfo {
  readonly product: "elasticsearch" | "opensearch";
  readonly version: string;
}

/** What is made ready on the cluster before the first document. */
export interface PrepareOptions {
  readonly target: BulkTarget;
  /** False leaves the template, and the policy, to whoever runs the cluster. Default true. */
  readonly manageTemplate?: boolean;
  /** Whether fields that the template does not have are added to the mapping; default false. */
  readonly isDynamic?: boolean;
  /** After so many days the cluster deletes an index; default: never. */
  readonly retentionDays?: number;
}

/** What was made ready. */
export interface Prepared {
  readonly server: ServerInfo;
  /** False: `retentionDays` is set, and the server has no lifecycle policies. */
  readonly hasLifecycle: boolean;
}

/**
 * Finds out what the cluster is, and installs the lifecycle policy and the index template.
 *
 * **Guarantee**: may be repeated; no index that matches is written before the template is there, since a write waits for it.
 */
export async function prepareCluster(client: Client, options: PrepareOptions, signal: AbortSignal): Promise<Prepared> {
  const server = await detectServer(client, signal);
  const { target, manageTemplate = true, isDynamic = false, retentionDays } = options;
  if (!manageTemplate) return { server, hasLifecycle: retentionDays === undefined };
  const lifecycle = retentionDays === undefined ? undefined : await installLifecycle({ client, server, signal }, { target, retentionDays });
  await installTemplate(client, { target, isDynamic, indexSettings: lifecycle?.indexSettings ?? {} }, signal);
  return { server, hasLifecycle: retentionDays === undefined || lifecycle !== undefined };
}

/** Asks the cluster what it is. */
export async function detectServer(client: Client, signal: AbortSignal): Promise<ServerInfo> {
  const answer = await client.transport.request<{ version?: { distribution?: string; number?: string } }>(
    { method: "GET", path: "/" },
    { signal },
  );
  const { distribution, number } = answer.version ?? {};
  if (number === undefined) throw transient("GATELOG_ELASTICSEARCH_UNSUPPORTED", "the server is neither Elasticsearch nor OpenSearch");
  const product = distribution === "opensearch" ? "opensearch" : "elasticsearch";
  if (product === "elasticsearch" && isOlderThan78(number)) {
    throw transient("GATELOG_ELASTICSEARCH_UNSUPPORTED", `Elasticsearch ${number} has no composable index templates; use 7.17 or later`);
  }
  return { product, version: number };
}

interface TemplateParts {
  readonly target: BulkTarget;
  readonly isDynamic: boolean;
  readonly indexSettings: Readonly<Record<string, unknown>>;
}

/** Installs the index template, named as the prefix or the data stream, unless the cluster has a later version of it. */
async function installTemplate(client: Client, { target, isDynamic, indexSettings }: TemplateParts, signal: AbortSignal): Promise<void> {
  const name = nameOf(target);
  const path = `/_index_template/${encodeURIComponent(name)}`;
  const template = elasticsearchTemplate({ name, isDataStream: "dataStream" in target, isDynamic, indexSettings });
  const found = await client.transport.request<FoundTemplates>({ method: "GET", path }, { signal, ignore: [404] });
  const version = found.index_templates?.[0]?.index_template?.version ?? 0;
  if (version > (template["version"] as number)) return;
  await client.transport.request({ method: "PUT", path, body: template }, { signal });
}

interface FoundTemplates {
  readonly index_templates?: readonly { readonly index_template?: { readonly version?: number } }[];
}

function isOlderThan78(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 7 || (major === 7 && minor < 8);
}
