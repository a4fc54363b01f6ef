import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { buildConnector } from "undici";

/** Certificates and keys as PEM. Without `ca` the authorities count that Node brings along. */
export interface TlsMaterial {
  /** Whom to trust: one or several certificates. */
  readonly ca?: string | Buffer;
  /** Our own certificate, followed by the intermediate ones. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Of the key, where it is encrypted. */
  readonly passphrase?: string;
}

/** TLS of connections to `https:` nodes. */
export interface SearchTls {
  /** Called for every new connection, which is how changed files come into use; the same object stands for the same certificates. */
  readonly material?: () => TlsMaterial;
  /** `certificate` verifies who issued a node's certificate, but not its name; `none` verifies nothing. Default `full`. */
  readonly verification?: "full" | "certificate" | "none";
  /** The name that is asked for and verified instead of a node's host. */
  readonly serverName?: string;
  /** Default TLSv1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
}

/** How connections are made, of the certificates as they are then. */
export function tlsConnector(tls: SearchTls): buildConnector.connector {
  let material: TlsMaterial | undefined;
  let connector: buildConnector.connector | undefined;
  return (options, callback) => {
    try {
      const current = tls.material?.() ?? {};
      // A connector keeps TLS sessions, which must not outlive the certificates that they began with.
      if (connector === undefined || current !== material) connector = connectorOf(tls, current);
      material = current;
    } catch (error) {
      return callback(error instanceof Error ? error : new Error(String(error)), null);
    }
    return connector(options, callback);
  };
}

function connectorOf({ verification = "full", serverName, minVersion = "TLSv1.2" }: SearchTls, material: TlsMaterial) {
  return buildConnector({
    ...material,
    minVersion,
    rejectUnauthorized: verification !== "none",
    checkServerIdentity: (host: string, certificate: PeerCertificate) =>
      verification === "full" ? checkServerIdentity(serverName ?? host, certificate) : undefined,
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
}
