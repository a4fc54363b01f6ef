/** Characters that a request id may have; what else a client sends is replaced, for it would end in logs and headers. */
const validRequestId = /^[\w.~:@=+/-]{1,128}$/;
const validTraceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;
const absoluteForm = /^https?:\/\/([^/?#]*)/i;

/** True for an X-Request-Id that is kept as the client sent it. */
export function isValidRequestId(id: unknown): id is string {
  return typeof id === "string" && validRequestId.test(id);
}

/** Trace and span id of a W3C traceparent; undefined where it is none. */
export function readTraceparent(header: unknown): { traceId: string; spanId: string } | undefined {
  const match = typeof header === "string" ? validTraceparent.exec(header) : null;
  if (match === null) return undefined;
  const [, traceId = "", spanId = ""] = match;
  return /^0+$/.test(traceId) || /^0+$/.test(spanId) ? undefined : { traceId, spanId };
}

/** `http://user:password@host/path?x` becomes path and host, without the user; any other target stays. */
export function readTarget(target: string): { target: string; authority?: string } {
  if (target.startsWith("/")) return { target };
  const match = absoluteForm.exec(target);
  if (match === null) return { target };
  const rest = target.slice(match[0].length);
  const authority = (match[1] ?? "").replace(/^.*@/, "");
  return { target: rest.startsWith("/") ? rest : `/${rest}`, ...(authority === "" ? {} : { authority }) };
}

/** The part before `?`. */
export function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark === -1 ? target : target.slice(0, mark);
}

/** The part after `?`; undefined without one. */
export function queryOf(target: string): string | undefined {
  const mark = target.indexOf("?");
  return mark === -1 ? undefined : target.slice(mark + 1);
}

/** True for a path whose percent-encoding can be read and that stays below its route's prefix. */
export function isForwardable(path: string): boolean {
  return !(path.includes("%") && /%(?![0-9a-fA-F]{2})/.test(path)) && !climbs(path);
}

/**
 * True when a segment of the path is `..`, however it is spelt (`%2e%2E`, `..\`): such a path could leave the route's
 * prefix at the upstream.
 */
export function climbs(path: string): boolean {
  if (!path.includes("..") && !path.includes("%")) return false;
  const plain = path.replaceAll(/%2e/gi, ".").replaceAll(/%2f|%5c|\\/gi, "/");
  return plain.split("/").some((segment) => (segment.split(";", 1)[0] ?? "") === "..");
}

/** node:http reads header bytes as latin1; what is valid UTF-8 is shown as such. */
export function readable(latin1: string): string {
  // oxlint-disable-next-line no-control-regex
  if (!/[\u0080-\u00FF]/.test(latin1)) return latin1;
  const text = Buffer.from(latin1, "latin1").toString("utf8");
  return text.includes("\uFFFD") ? latin1 : text;
}

/** Bytes beyond ASCII in a request target, which do not belong there, percent-encoded. */
export function asciiTarget(target: string): string {
  return target.replaceAll(/[\u0080-\u00FF]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
