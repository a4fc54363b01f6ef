import type { Client } from "@elastic/elasticsearch";
import { errors as clientErrors } from "@elastic/elasticsearch";
import type { BulkTarget } from "./document.ts";
import type { ServerInfo } from "./prepare.ts";

/** What the lifecycle policy is for. */
export interface LifecycleOptions {
  readonly target: BulkTarget;
  /** After so many days an index is deleted, counted from when it was made, or rolled over. */
  readonly retentionDays: number;
}

/** A policy that is there, and what the index template must say so that it counts. */
export interface InstalledLifecycle {
  readonly indexSettings: Readonly<Record<string, unknown>>;
}

interface Tools {
  readonly client: Client;
  readonly server: ServerInfo;
  readonly signal: AbortSignal;
}

/** A data stream begins a new index after a day or at this size. */
const rolloverSize = "50gb";

/**
 * Installs the policy by which the cluster deletes old indices: ILM on Elasticsearch, ISM on OpenSearch. Undefined where the server has neither.
 *
 * **Guarantee**: the policy is what `retentionDays` says, whatever it was before; others of the cluster are not touched.
 */
export async function installLifecycle(tools: Tools, options: LifecycleOptions): Promise<InstalledLifecycle | undefined> {
  try {
    return await (tools.server.product === "opensearch" ? installIsm(tools, options) : installIlm(tools, options));
  } catch (error) {
    if (isUnknownRoute(error)) return undefined;
    throw error;
  }
}

/** The policy's name: `gatelog-<prefix>`, or of the data stream. */
export function policyName(target: BulkTarget): string {
  return `gatelog-${nameOf(target)}`;
}

/** What templates and policies of the target are named by. */
export function nameOf(target: BulkTarget): string {
  return "dataStream" in target ? target.dataStream : target.indexPrefix;
}

async function installIlm({ client, signal }: Tools, { target, retentionDays }: LifecycleOptions): Promise<InstalledLifecycle> {
  const name = policyName(target);
  const actions = "dataStream" in target ? { rollover: { max_age: "1d", max_size: rolloverSize } } : {};
  const phases = { hot: { actions }, delete: { min_age: `${retentionDays}d`, actions: { delete: {} } } };
  await client.transport.request(
    { method: "PUT", path: `/_ilm/policy/${encodeURIComponent(name)}`, body: { policy: { phases } } },
    { signal },
  );
  return { indexSettings: { "lifecycle.name": name } };
}

interface FoundIsmPolicy {
  readonly _seq_no?: number;
  readonly _primary_term?: number;
}

/** ISM attaches a policy by a pattern of its own, and replaces one only for who says which version he saw. */
async function installIsm({ client, signal }: Tools, { target, retentionDays }: LifecycleOptions): Promise<InstalledLifecycle> {
  const path = `/_plugins/_ism/policies/${encodeURIComponent(policyName(target))}`;
  const found = await client.transport.request<FoundIsmPolicy>({ method: "GET", path }, { signal, ignore: [404] });
  const { _seq_no: sequence, _primary_term: term } = found;
  const querystring = sequence === undefined || term === undefined ? {} : { if_seq_no: sequence, if_primary_term: term };
  await client.transport.request({ method: "PUT", path, querystring, body: { policy: ismPolicy(target, retentionDays) } }, { signal });
  return { indexSettings: {} };
}

function ismPolicy(target: BulkTarget, retentionDays: number): object {
  const isStream = "dataStream" in target;
  const name = nameOf(target);
  return {
    description: "gatelog calls",
    default_state: "hot",
    states: [
      {
        name: "hot",
        actions: isStream ? [{ rollover: { min_index_age: "1d", min_size: rolloverSize } }] : [],
        transitions: [{ state_name: "delete", conditions: { [isStream ? "min_rollover_age" : "min_index_age"]: `${retentionDays}d` } }],
      },
      { name: "delete", actions: [{ delete: {} }], transitions: [] },
    ],
    // Two templates that match with the same priority are refused, as with index templates.
    ism_template: [{ index_patterns: [isStream ? name : `${name}-*`], priority: name.length }],
  };
}

/** Servers without the module answer what they answer for any path that they do not know. */
function isUnknownRoute(error: unknown): boolean {
  if (!(error instanceof clientErrors.ResponseError)) return false;
  const { statusCode = 0, body } = error;
  return statusCode === 405 || (statusCode === 400 && /no handler found for uri/.test(JSON.stringify(body)));
}
