import type { Client } from "@elastic/elasticsearch";
import { elasticsearchTemplate } from "@gatelog/log-record";
import { transient } from "./classify.ts";

/** Which server answers. */
export interface ServerInfo {
  readonly product: "elasticsearch" | "opensearch";
  readonly version: string;
}

/** Asks the cluster what it is. */
export async function detectServer(client: Client, signal?: AbortSignal): Promise<ServerInfo> {
  const options = signal === undefined ? {} : { signal };
  const answer = await client.transport.request<{ version?: { distribution?: string; number?: string } }>(
    { method: "GET", path: "/" },
    options,
  );
  const { distribution, number } = answer.version ?? {};
  if (number === undefined) throw transient("GATELOG_ELASTICSEARCH_UNSUPPORTED", "the server is neither Elasticsearch nor OpenSearch");
  const product = distribution === "opensearch" ? "opensearch" : "elasticsearch";
  if (product === "elasticsearch" && isOlderThan78(number)) {
    throw transient("GATELOG_ELASTICSEARCH_UNSUPPORTED", `Elasticsearch ${number} has no composable index templates; use 7.17 or later`);
  }
  return { product, version: number };
}

/**
 * Installs the index template `<prefix>` unless the cluster has a later version of it.
 *
 * **Guarantee**: may be repeated; no index that matches is written before it is there, since a write waits for it.
 */
export async function installTemplate(client: Client, indexPrefix: string, signal?: AbortSignal): Promise<void> {
  const path = `/_index_template/${encodeURIComponent(indexPrefix)}`;
  const template = elasticsearchTemplate(indexPrefix);
  const options = signal === undefined ? {} : { signal };
  const found = await client.transport.request<FoundTemplates>({ method: "GET", path }, { ...options, ignore: [404] });
  const version = found.index_templates?.[0]?.index_template?.version ?? 0;
  if (version > (template["version"] as number)) return;
  await client.transport.request({ method: "PUT", path, body: template }, options);
}

interface FoundTemplates {
  readonly index_templates?: readonly { readonly index_template?: { readonly version?: number } }[];
}

function isOlderThan78(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 7 || (major === 7 && minor < 8);
}
