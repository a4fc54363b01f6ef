import { StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";

/** A running processor's admin server. */
export interface AdminTarget {
  readonly url: URL;
  readonly token: string | undefined;
}

export interface AdminTargetOptions {
  readonly config: Config | undefined;
  /** Of `--admin`. */
  readonly url: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** How long a processor may take to answer at all. */
const answerMsMax = 10_000;

/**
 * Where the admin server is: the URL that was given, else what the configuration says. The token is the configuration's, else that of
 * `GATELOG_PROCESSOR_ADMIN_TOKEN`.
 *
 * **Errors**: StartError, one sentence.
 */
export function adminTarget(command: string, { config, url, env }: AdminTargetOptions): AdminTarget {
  const token = config?.admin.token ?? env["GATELOG_PROCESSOR_ADMIN_TOKEN"];
  if (url !== undefined) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new StartError(`${command}: --admin takes a URL such as http://127.0.0.1:9102, found "${url}"`);
    return { url: new URL(url), token };
  }
  if (config === undefined) throw new StartError(`${command}: say which processor is meant: --config FILE, or --admin URL`);
  const { host, port } = config.admin;
  if (port === 0)
    throw new StartError(`${command}: admin.port is 0, so any: add --admin URL, with the port that the processor's log tells`);
  return { url: new URL(`http://${nameOf(host)}:${port}`), token };
}

/** Asks it. **Errors**: StartError where it does not answer, or refuses. */
export async function askAdmin(
  command: string,
  { url, token }: AdminTarget,
  path: string,
  method: "GET" | "POST" = "GET",
): Promise<Response> {
  const answered = new AbortController();
  const timer = setTimeout(() => answered.abort(), answerMsMax);
  let response: Response;
  try {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    if (method === "POST") headers["content-type"] = "application/json";
    response = await fetch(new URL(path, url), { method, headers, signal: answered.signal });
  } catch (error) {
    throw new StartError(`${command}: no processor answers at ${url.origin}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) return response;
  const { error = response.statusText } = (await response.json().catch(() => ({}))) as { readonly error?: string };
  throw new StartError(`${command}: ${error}${response.status === 401 ? " (of the configuration, or GATELOG_PROCESSOR_ADMIN_TOKEN)" : ""}`);
}

/** An address that means all of them is called by one. */
function nameOf(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

function reasonOf(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : { cause: undefined, message: String(error) };
  if (message.includes("aborted")) return `nothing came for ${answerMsMax / 1000} s`;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
