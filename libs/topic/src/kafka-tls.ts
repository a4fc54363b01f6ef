import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from "node:tls";
import type { KafkaTls } from "./topic.ts";

/** What kafkajs makes its TLS sockets with, of the certificates as they are now. **Errors**: what `material` throws. */
export function tlsOptions({ material, verification = "full", serverName, minVersion = "TLSv1.2" }: KafkaTls): ConnectionOptions {
  return {
    ...material?.(),
    minVersion,
    rejectUnauthorized: verification !== "none",
    checkServerIdentity: (host: string, certificate: PeerCertificate) =>
      verification === "full" ? checkServerIdentity(serverName ?? host, certificate) : undefined,
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}
