import type { TLSSocket } from "node:tls";

/**
 * Whether the certificate of a peer, which must have been verified, has one of the names: as its common name or as an alternative
 * one (host or e-mail address). Names are compared whole: a certificate's wildcard is no name of a client.
 */
export function hasClientName(socket: TLSSocket, names: readonly string[]): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return false;
  const commonName: unknown = socket.getPeerCertificate().subject?.CN;
  return names.some((name) => {
    if (commonName === name) return true;
    const isHost = certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined;
    return isHost || (name.includes("@") && certificate.checkEmail(name, { subject: "never" }) !== undefined);
  });
}
