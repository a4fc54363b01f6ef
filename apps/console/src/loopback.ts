import { isIPv4 } from "node:net";

/** Whether a host to listen on can be reached from this machine alone. Of names only `localhost` is trusted. */
export function isLoopback(host: string): boolean {
  const bare = unbracketed(host).toLowerCase();
  return bare === "localhost" || bare === "::1" || (isIPv4(bare) && bare.startsWith("127."));
}

/**
 * Whether a `Host` header names this machine's loopback: `localhost`, `127.0.0.1` or `[::1]`, with any port.
 *
 * A page of another site can make its own name resolve to 127.0.0.1 (DNS rebinding) and would then read the records
 * as its own; its name in this header gives it away.
 */
export function isLocalHostHeader(header: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/iu.test(header ?? "");
}

/** A host as `listen` wants it: IPv6 without brackets. */
export function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/u, "$1");
}
