import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AdminRefusal } from "./admin-request.ts";

/** What a load balancer and Prometheus ask; open to everybody who reaches the port. */
const openPaths: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);

/** Where the admin server listens, and who may ask it. */
export interface AdminAccess {
  readonly host: string;
  /** Without it, everybody who reaches the port may read. */
  readonly token?: string;
}

/** What is asked for. */
export interface AdminCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Lets a call pass that has the token, or says why not. Without a token, one passes that calls this machine by a name of its own: a web page whose
 * name was made to mean this machine calls it by that name, and could read as if it were ours. Nothing that costs is done for a page of others, whose
 * image or frame may call it though the page cannot read the answer.
 *
 * **Errors**: AdminRefusal 401, 403.
 */
export function admit({ method, path, headers }: AdminCall, { host, token }: AdminAccess): void {
  if (openPaths.has(path) && isReading(method)) return;
  if (isOfPage(headers)) throw new AdminRefusal(403, `${path} is not called from other web pages: type its address`);
  if (token !== undefined) {
    if (!isToken(headers.authorization, token)) throw new AdminRefusal(401, "this needs `Authorization: Bearer` with admin.token");
  } else if (isLoopback(host) && headers.host !== undefined && !isLoopback(hostnameOf(headers.host)))
    throw new AdminRefusal(403, `the admin server is called ${headers.host} here: call it by ${host}, or set admin.token`);
}

/**
 * Lets a call pass that changes something, after `admit`.
 *
 * **Guarantee**: without a token, nothing is changed but through a loopback address; and never by a web page that an operator's browser shows.
 * **Errors**: AdminRefusal 403, 415.
 */
export function admitChange({ method, path, headers }: AdminCall, { host, token }: AdminAccess): void {
  if (isReading(method)) return;
  if (token === undefined && !isLoopback(host))
    throw new AdminRefusal(403, `${method} ${path} changes something, and admin.host is ${host}: set admin.token first`);
  refusePages(method, headers);
}

function isReading(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** Whether a browser says that a page from elsewhere asks; what is no browser says nothing. */
function isOfPage(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  return site !== undefined && site !== "same-origin" && site !== "none";
}

/** Browsers send Origin with every change that a page asks for, and send JSON only where the server has allowed it before. */
function refusePages(method: string, headers: IncomingHttpHeaders): void {
  if (headers.origin !== undefined || (headers["sec-fetch-site"] ?? "none") !== "none")
    throw new AdminRefusal(403, "changes are not taken from web pages: leave the Origin header out");
  if (method === "POST" && !/^application\/json\s*(;|$)/i.test(headers["content-type"] ?? ""))
    throw new AdminRefusal(415, "POST needs `Content-Type: application/json`");
}

/** Compares digests, so that the time it takes says nothing of the token. */
function isToken(authorization: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +(\S+)\s*$/i.exec(authorization ?? "") ?? [];
  return given !== undefined && timingSafeEqual(digestOf(given), digestOf(token));
}

function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function hostnameOf(host: string): string {
  return host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d+$/, "");
}

function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(host);
}
