import type { ClientAddress } from "./client-address.ts";

/** Headers that are about one connection only (RFC 9110 §7.6.1), and those that the gateway sets itself. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);
const ownRequestHeaders = new Set(["host", "expect", "x-request-id", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"]);
const ownResponseHeaders = new Set(["x-request-id"]);

/** What the upstream is told of the call beside its own headers. */
export interface Forwarding {
  readonly host: string | undefined;
  readonly requestId: string;
  /** Address that the call came from directly. */
  readonly peer: string;
  readonly client: ClientAddress;
  /** X-Forwarded-For as received. */
  readonly forwardedFor: string | undefined;
}

/** Names and values in turn, for the upstream: as received, without what is of this connection only. */
export function forwardRequestHeaders(raw: readonly string[], forwarding: Forwarding): string[] {
  const headers = copyHeaders(raw, ownRequestHeaders);
  const { client, host, peer } = forwarding;
  if (host !== undefined) headers.push("host", host);
  const chain = client.behindProxy && forwarding.forwardedFor ? `${forwarding.forwardedFor}, ${peer}` : peer;
  headers.push("x-forwarded-for", chain, "x-forwarded-proto", client.scheme);
  if (client.host !== undefined) headers.push("x-forwarded-host", client.host);
  headers.push("x-request-id", forwarding.requestId);
  return headers;
}

/** Names and values in turn, for the client. */
export function forwardResponseHeaders(raw: readonly string[], requestId: string): string[] {
  const headers = copyHeaders(raw, ownResponseHeaders);
  headers.push("x-request-id", requestId);
  return headers;
}

function copyHeaders(raw: readonly string[], own: ReadonlySet<string>): string[] {
  const listed = connectionOptions(raw);
  const headers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || own.has(lower) || listed?.has(lower)) continue;
    headers.push(name, raw[index + 1] ?? "");
  }
  return headers;
}

/** Headers that Connection declares to be of this connection only. Lengths are never, for that would change the message. */
function connectionOptions(raw: readonly string[]): Set<string> | undefined {
  let options: Set<string> | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() !== "connection") continue;
    for (const option of (raw[index + 1] ?? "").toLowerCase().split(",")) {
      const name = option.trim();
      if (name !== "" && name !== "keep-alive" && name !== "close" && name !== "content-length") (options ??= new Set()).add(name);
    }
  }
  return options;
}
