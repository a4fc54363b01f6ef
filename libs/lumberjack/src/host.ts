import { LumberjackError } from "./errors.ts";
import { defaultPort } from "./protocol.ts";

export interface Host {
  readonly host: string;
  readonly port: number;
  /** As it was written. */
  readonly text: string;
}

/**
 * Reads `name:port`, `[v6]:port` or `name` (port 5044).
 *
 * **Errors**: GATELOG_LUMBERJACK_HOST.
 */
export function parseHost(text: string): Host {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^\s:/[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text.trim());
  const host = match?.groups?.["v6"] ?? match?.groups?.["name"];
  const port = Number(match?.groups?.["port"] ?? defaultPort);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new LumberjackError("GATELOG_LUMBERJACK_HOST", `"${text}" is no host; write name:port, for example 127.0.0.1:${defaultPort}`);
  }
  return { host, port, text };
}
