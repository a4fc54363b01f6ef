import type { FastifyInstance, FastifyRequest } from "fastify";
import { ConsoleError } from "./errors.ts";
import { isLocalHostHeader } from "./loopback.ts";

/**
 * Scripts only from the console itself, and no address but its own: what stands in a record can neither run nor leave.
 * Inline styles are allowed for Mantine's colour variables; records are rendered as text, so they cannot bring any.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Puts the security headers on every answer and refuses what another site's page could send through a browser. */
export function guard(server: FastifyInstance): void {
  server.addHook("onRequest", async (request, reply) => {
    void reply.headers(headers);
    if (!isLocalHostHeader(request.headers.host)) {
      throw new ConsoleError(
        403,
        "GATELOG_CONSOLE_FOREIGN_HOST",
        "The console answers only as localhost, 127.0.0.1 or [::1]; the Host header of this request names something else.",
      );
    }
    if (isForeign(request)) {
      throw new ConsoleError(
        403,
        "GATELOG_CONSOLE_FOREIGN_SITE",
        "The console's API answers only its own page and programs on this machine.",
      );
    }
  });
}

/** Browsers say where a request comes from; programs such as curl do not, and are no danger. A link that is followed is fine. */
function isForeign(request: FastifyRequest): boolean {
  const site = request.headers["sec-fetch-site"];
  const followsLink = request.method === "GET" && request.headers["sec-fetch-mode"] === "navigate";
  return (site === "cross-site" || site === "same-site") && !followsLink;
}
