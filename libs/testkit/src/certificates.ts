import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Host names and IPv4 addresses that it is for. Default `localhost` and `127.0.0.1`. */
  readonly names?: readonly string[];
  /** Default: since yesterday. */
  readonly notBefore?: Date;
  /** Default: for a day. */
  readonly notAfter?: Date;
}

/** Who issues certificates. */
export interface CertificateAuthority extends Certificate {
  issue(name: string, options?: CertificateOptions): Certificate;
  /** An authority that this one vouches for. */
  intermediate(name: string): CertificateAuthority;
}

/** A root authority with keys on P-256, made in milliseconds and without any program. **Shape**: X.509 version 3, RFC 5280. */
export function certificateAuthority(name: string): CertificateAuthority {
  const keys = newKeys();
  return authorityOf({ name, keys, certificate: certificateOf({ name, keys, issuer: { name, keys }, isAuthority: true }) });
}

/** A certificate that nobody vouches for. */
export function selfSigned(name: string, options: CertificateOptions = {}): Certificate {
  const keys = newKeys();
  return { certificate: certificateOf({ ...options, name, keys, issuer: { name, keys }, isAuthority: false }), key: pemOfKey(keys) };
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Party {
  readonly name: string;
  readonly keys: Keys;
}

interface Content extends Party, CertificateOptions {
  readonly issuer: Party;
  readonly isAuthority: boolean;
}

function authorityOf(party: Party & { readonly certificate: string }): CertificateAuthority {
  const { keys, certificate } = party;
  return {
    certificate,
    key: pemOfKey(keys),
    issue(name, options = {}) {
      const own = newKeys();
      return { certificate: certificateOf({ ...options, name, keys: own, issuer: party, isAuthority: false }), key: pemOfKey(own) };
    },
    intermediate(name) {
      const own = newKeys();
      return authorityOf({ name, keys: own, certificate: certificateOf({ name, keys: own, issuer: party, isAuthority: true }) });
    },
  };
}

const dayMs = 24 * 60 * 60 * 1000;
const oid = {
  ecdsaWithSha256: "2a8648ce3d040302",
  commonName: "550403",
  keyUsage: "551d0f",
  subjectAltName: "551d11",
  basicConstraints: "551d13",
};

function certificateOf({ name, keys, issuer, isAuthority, ...options }: Content): string {
  const { names = ["localhost", "127.0.0.1"], notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs) } = options;
  const algorithm = sequence(objectId(oid.ecdsaWithSha256));
  const extensions = isAuthority
    ? [extension(oid.basicConstraints, sequence(tagged(0x01, Buffer.of(0xff)))), extension(oid.keyUsage, tagged(0x03, Buffer.of(2, 0x04)))]
    : [extension(oid.keyUsage, tagged(0x03, Buffer.of(7, 0x80))), extension(oid.subjectAltName, sequence(...names.map(alternativeName)))];
  const content = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.concat([Buffer.of(0x01), randomBytes(15)])),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(name),
    keys.publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", content, issuer.keys.privateKey);
  return pem("CERTIFICATE", sequence(content, algorithm, tagged(0x03, Buffer.concat([Buffer.of(0), signature]))));
}

function newKeys(): Keys {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function pemOfKey({ privateKey }: Keys): string {
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function distinguishedName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId(oid.commonName), tagged(0x0c, Buffer.from(name)))));
}

function alternativeName(name: string): Buffer {
  return isIPv4(name) ? tagged(0x87, Buffer.from(name.split(".").map(Number))) : tagged(0x82, Buffer.from(name));
}

/** All that are used here are critical. */
function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tagged(0x01, Buffer.of(0xff)), tagged(0x04, value));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on, as RFC 5280 says. */
function time(date: Date): Buffer {
  const year = date.getUTCFullYear();
  const digits = date.toISOString().replaceAll(/[-:T]|\..*/g, "");
  return year < 2050 ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tagged(0x18, Buffer.from(`${digits}Z`));
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** DER: tag, length, bytes. */
function tagged(tag: number, bytes: Buffer): Buffer {
  const { length } = bytes;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), bytes]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), bytes]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), bytes]);
}
