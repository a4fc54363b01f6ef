import { isIP } from "node:net";
import {
  checkServerIdentity,
  type ConnectionOptions,
  createSecureContext,
  type PeerCertificate,
  type SecureContextOptions,
} from "node:tls";
import { LumberjackError } from "./errors.ts";

/** Certificates and keys as PEM. Without `ca` the authorities count that Node brings along. */
export interface TlsMaterial {
  /** Whom to trust: one or several certificates. */
  readonly ca?: string | Buffer;
  /** Our own certificate, followed by the intermediate ones up to, but without, the root. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Of the key, where it is encrypted. */
  readonly passphrase?: string;
}

export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** TLS of a sender. */
export interface LumberjackClientTls {
  /** Called for every new connection, which is how changed files come into use. */
  readonly material: () => TlsMaterial | Promise<TlsMaterial>;
  /** The name that is asked for and verified instead of the host's. */
  readonly serverName?: string;
  /** `certificate` verifies who issued the receiver's certificate, but not its name; `none` verifies nothing. Default `full`. */
  readonly verification?: "full" | "certificate" | "none";
  /** Default TLSv1.2. */
  readonly minVersion?: TlsVersion;
}

/** TLS of a receiver. */
export interface LumberjackServerTls {
  /** Called by `start` and by `reloadTls`; connections that are open keep what they were made with. */
  readonly material: () => TlsMaterial | Promise<TlsMaterial>;
  /**
   * Whether senders show a certificate that `ca` vouches for: `none` does not ask, `optional` refuses only a wrong one,
   * `required` also refuses to go without. Both need `ca`. Default `none`.
   */
  readonly clientAuthentication?: "none" | "optional" | "required";
  /**
   * Senders that are let in: their certificate has one of these names, as its common name or as an alternative one (host or e-mail
   * address). Needs `required`. Default: all that `ca` vouches for.
   */
  readonly clientNames?: readonly string[];
  /** Default TLSv1.2. */
  readonly minVersion?: TlsVersion;
  /** How long a handshake may take. Default 10,000 ms. */
  readonly handshakeTimeoutMs?: number;
}

/** What a TLS socket of a sender is made with. **Errors**: GATELOG_LUMBERJACK_TLS, what `material` throws included. */
export async function clientTlsOptions(tls: LumberjackClientTls, host: string): Promise<ConnectionOptions> {
  const name = tls.serverName ?? host;
  const isNameVerified = (tls.verification ?? "full") === "full";
  return {
    ...(await secureContextOptions(tls)),
    rejectUnauthorized: tls.verification !== "none",
    checkServerIdentity: (_, certificate: PeerCertificate) => (isNameVerified ? checkServerIdentity(name, certificate) : undefined),
    // The protocol knows names there, no addresses.
    ...(isIP(name) === 0 ? { servername: name } : {}),
  };
}

/**
 * The certificates, looked at once.
 *
 * **Errors**: GATELOG_LUMBERJACK_TLS: what `material` throws, what is no PEM, a key that belongs to another certificate.
 */
export async function secureContextOptions(tls: LumberjackClientTls | LumberjackServerTls): Promise<SecureContextOptions> {
  try {
    const { ca, cert, key, passphrase } = await tls.material();
    const options = { ca, cert, key, passphrase, minVersion: tls.minVersion ?? "TLSv1.2" };
    createSecureContext(options);
    return options;
  } catch (error) {
    throw new LumberjackError("GATELOG_LUMBERJACK_TLS", `the certificates cannot be used: ${messageOf(error)}`, error);
  }
}

/** Says what is wrong where `error` is one of TLS; undefined where it is none. */
export function describeTlsError(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const meaning = meanings[code];
  if (meaning !== undefined) return `${meaning} (${code}: ${messageOf(error)})`;
  return /^ERR_(?:SSL|TLS|OSSL)_/.test(code) ? messageOf(error) : undefined;
}

const untrusted = "the peer's certificate was issued by nobody in tls.ca, or it comes without the intermediate certificates";
const noCommonVersion = "the peer and tls.minVersion have no TLS version in common";
const noTls = "the peer does not speak TLS";
const clientCertificate = "the peer wants a client certificate; set tls.cert and tls.key";

const meanings: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the peer's certificate has expired",
  CERT_NOT_YET_VALID: "the peer's certificate is not valid yet; look at the clocks",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the peer's certificate is self-signed and not in tls.ca",
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  INVALID_PURPOSE: "the peer's certificate is not meant for this use",
  ERR_TLS_CERT_ALTNAME_INVALID: "the peer's certificate is for another name",
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_HTTP_REQUEST: noTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: noCommonVersion,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: noCommonVersion,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: clientCertificate,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the peer does not trust who issued our certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "our certificate has expired",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the peer refuses our certificate",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "the peer has no client certificate, which tls.clientAuthentication requires",
  ERR_TLS_HANDSHAKE_TIMEOUT: "the handshake took too long",
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
