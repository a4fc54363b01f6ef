import type { ClientAddress } from "./client-address.ts";
import { headerName } from "./header-names.ts";

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
  const listed = connectionOptions(raw);
  const headers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const known = headerName(name);
    if (!known.staysAtRequest && !listed?.has(known.lower)) headers.push(name, raw[index + 1] ?? "");
  }
  const { client, host, peer } = forwarding;
  if (host !== undefined) headers.push("host", host);
  const chain = client.behindProxy && forwarding.forwardedFor ? `${forwarding.forwardedFor}, ${peer}` : peer;
  headers.push("x-forwarded-for", chain, "x-forwarded-proto", client.scheme);
  if (client.host !== undefined) headers.push("x-forwarded-host", client.host);
  headers.push("x-request-id", forwarding.requestId);
  return headers;
}

/** Names and values in turn, for the client; `raw` are the bytes that the upstream sent. */
export function forwardResponseHeaders(raw: readonly Buffer[], requestId: string): string[] {
  const headers: string[] = [];
  let hasOptions = false;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = textOf(raw[index]);
    const known = headerName(name);
    if (known.isConnection) hasOptions ||= !isPlainConnection(textOf(raw[index + 1]));
    if (!known.staysAtAnswer) headers.push(name, textOf(raw[index + 1]));
  }
  const kept = hasOptions ? withoutListed(headers, connectionOptions(raw.map(textOf))) : headers;
  kept.push("x-request-id", requestId);
  return kept;
}

/** The value of a header among names and values in turn; the first, where it is repeated. */
export function headerValue(raw: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const candidate = raw[index] ?? "";
    if (candidate.length === name.length && headerName(candidate).lower === name) return raw[index + 1];
  }
  return undefined;
}

/** One character a byte, as node:http has them. */
function textOf(bytes: Buffer | undefined): string {
  return bytes === undefined ? "" : bytes.toString("latin1");
}

/** What nearly every Connection header says: nothing about other headers. */
function isPlainConnection(value: string): boolean {
  return value === "keep-alive" || value === "close" || value === "Keep-Alive" || value === "Close";
}

function withoutListed(headers: readonly string[], listed: ReadonlySet<string> | undefined): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2)
    if (!listed?.has(headerName(headers[index] ?? "").lower)) kept.push(headers[index] ?? "", headers[index + 1] ?? "");
  return kept;
}

/** Headers that Connection declares to be of this connection only. Lengths are never, for that would change the message. */
function connectionOptions(raw: readonly string[]): Set<string> | undefined {
  let options: Set<string> | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (!headerName(raw[index] ?? "").isConnection) continue;
    const value = raw[index + 1] ?? "";
    if (isPlainConnection(value)) continue;
    for (const option of value.toLowerCase().split(",")) {
      const name = option.trim();
      if (name !== "" && name !== "keep-alive" && name !== "close" && name !== "content-length") (options ??= new Set()).add(name);
    }
  }
  return options;
}
