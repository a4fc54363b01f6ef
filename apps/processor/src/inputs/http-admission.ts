import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { hasClientName } from "@gatelog/lumberjack";
import type { Config } from "../config.ts";
import { HttpRefusal } from "./http-refusal.ts";

export type HttpConfig = Extract<Config["inputs"][number], { readonly http: unknown }>["http"];

/**
 * Looks at who sends a request and where to, before its body is read.
 *
 * **Errors**: HttpRefusal 404, 405, 401, 403.
 */
export function createAdmission({ path, auth, tls }: HttpConfig): (request: IncomingMessage) => void {
  const checkSecret = auth === undefined ? undefined : secretCheck(auth);
  return (request) => {
    if (tls !== undefined) checkCertificate(request, tls);
    checkSecret?.(request.headers.authorization ?? "");
    if (request.url?.split("?", 1)[0] !== path) throw new HttpRefusal(404, `events are posted to ${path}`);
    if (request.method !== "POST") throw new HttpRefusal(405, "events are sent by POST", { allow: "POST" });
  };
}

/** Digests have one length, so that comparing them tells nothing of the secret. */
function secretCheck(auth: NonNullable<HttpConfig["auth"]>): (authorization: string) => void {
  const [scheme, secret] =
    "basic" in auth
      ? (["Basic", Buffer.from(`${auth.basic.username}:${auth.basic.password}`).toString("base64")] as const)
      : (["Bearer", auth.bearer.token] as const);
  const expected = digestOf(secret);
  return (authorization) => {
    const [given = "", ...rest] = authorization.trim().split(/ +/);
    const isRight = timingSafeEqual(digestOf(rest.join(" ")), expected) && given.toLowerCase() === scheme.toLowerCase();
    if (!isRight) throw new HttpRefusal(401, "the credentials are missing or wrong", { "www-authenticate": `${scheme} realm="gatelog"` });
  };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** What a required certificate lacks ended the handshake already. */
function checkCertificate({ socket }: IncomingMessage, { clientAuthentication, clientNames }: NonNullable<HttpConfig["tls"]>): void {
  if (clientAuthentication === "none" || !(socket instanceof TLSSocket)) return;
  const hasCertificate = Object.keys(socket.getPeerCertificate()).length > 0;
  if (hasCertificate && !socket.authorized) throw new HttpRefusal(403, "nobody whom this receiver knows vouches for the certificate");
  if (clientNames.length > 0 && !hasClientName(socket, clientNames))
    throw new HttpRefusal(403, "the certificate's name is not among those that may send");
}
