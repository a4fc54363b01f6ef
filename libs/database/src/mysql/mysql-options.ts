import { readFileSync } from "node:fs";
import type { ConnectionConfig } from "mariadb";
import { escapeAdvice, wrongUrl as wrong } from "../url-error.ts";

/** How the server is reached, as its URL says; files of certificates are read when a connection is opened. */
export interface MysqlTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: MysqlTls;
  /** MySQL 8 without TLS: the server's key is asked for, and could be another's. */
  readonly allowPublicKeyRetrieval: boolean;
}

/** Whether the connection is encrypted, and how the server is told from another. */
export interface MysqlTls {
  readonly mode: SslMode;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** As MySQL's own client writes them. */
export const sslModes = ["disabled", "required", "verify-ca", "verify-identity"] as const;
export type SslMode = (typeof sslModes)[number];

const parameters = ["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "sslaccept", "allowPublicKeyRetrieval"] as const;
const example = "write mysql://user:password@host:port/database";
const portDefault = 3306;

/**
 * Reads `mysql://` and `mariadb://`.
 *
 * **Shape**: `mysql://user:password@host:3306/gatelog?ssl-mode=verify-identity&ssl-ca=/etc/ca.pem`; Prisma's `sslaccept=strict|accept_invalid_certs` is known, too;
 * where there is no password, that of the environment, `MYSQL_PWD`, is taken.
 * **Errors**: GATELOG_DATABASE_URL, which never repeats the URL.
 */
export function parseMysqlUrl(url: string): MysqlTarget {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === "" || parsed.hash !== "")
    throw wrong(`the MySQL URL cannot be read; ${example}; ${escapeAdvice}`);
  const database = decode(parsed.pathname.slice(1));
  if (/[/@]/.test(parsed.pathname.slice(1))) throw wrong(`the MySQL URL cannot be read; ${example}; ${escapeAdvice}`);
  if (database === "") throw wrong(`the MySQL URL names no database; ${example}`);
  if (parsed.username === "") throw wrong(`the MySQL URL names no user; ${example}`);
  const { searchParams: given } = parsed;
  const unknown = [...given.keys()].find((name) => !parameters.some((known) => known === name));
  if (unknown !== undefined) {
    throw wrong(`the MySQL URL has the parameter ${JSON.stringify(unknown)}; known are ${parameters.join(", ")}`);
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: parsed.port === "" ? portDefault : Number(parsed.port),
    user: decode(parsed.username),
    password: parsed.password === "" ? (process.env["MYSQL_PWD"] ?? "") : decode(parsed.password),
    database,
    tls: tlsOf(given),
    allowPublicKeyRetrieval: given.get("allowPublicKeyRetrieval") === "true",
  };
}

function tlsOf(given: URLSearchParams): MysqlTls {
  const caFile = given.get("ssl-ca") ?? undefined;
  const certFile = given.get("ssl-cert") ?? undefined;
  const keyFile = given.get("ssl-key") ?? undefined;
  if ((certFile === undefined) !== (keyFile === undefined)) throw wrong("the MySQL URL needs ssl-cert and ssl-key together");
  return { mode: modeOf(given, [caFile, certFile]), caFile, certFile, keyFile };
}

function modeOf(given: URLSearchParams, files: readonly (string | undefined)[]): SslMode {
  const accept = given.get("sslaccept");
  if (accept !== null && accept !== "strict" && accept !== "accept_invalid_certs") {
    throw wrong("sslaccept of the MySQL URL is strict or accept_invalid_certs");
  }
  const wanted = given.get("ssl-mode")?.toLowerCase().replaceAll("_", "-");
  const mode = sslModes.find((known) => known === wanted);
  if (wanted !== undefined && mode === undefined) throw wrong(`ssl-mode of the MySQL URL is one of ${sslModes.join(", ")}`);
  if (mode !== undefined) return mode;
  if (accept !== null) return accept === "strict" ? "verify-identity" : "required";
  return files.some((file) => file !== undefined) ? "verify-identity" : "disabled";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("the MySQL URL has a % that is no escape; write %25 for the sign itself");
  }
}

/** What the driver is given. **Errors**: the file system's, for a certificate that cannot be read. */
export function driverOptions(target: MysqlTarget): ConnectionConfig {
  const { host, port, user, password, database, allowPublicKeyRetrieval } = target;
  const ssl = sslOptions(target);
  return {
    host,
    port,
    user,
    password,
    database,
    allowPublicKeyRetrieval,
    // The text of a statement and its values do not belong into errors.
    logParam: false,
    debugLen: 64,
    bigIntAsNumber: true,
    ...(ssl === undefined ? {} : { ssl }),
  };
}

function sslOptions({ host, tls: { mode, caFile, certFile, keyFile } }: MysqlTarget): Exclude<ConnectionConfig["ssl"], boolean> {
  if (mode === "disabled") return undefined;
  const files = { ca: read(caFile), cert: read(certFile), key: read(keyFile) };
  const given = Object.fromEntries(Object.entries(files).filter(([, content]) => content !== undefined));
  // `host` is whom the certificate has to name; the driver hands everything on to tls.connect.
  const identity = mode === "verify-ca" ? { checkServerIdentity: () => undefined } : { host };
  return { ...given, ...identity, rejectUnauthorized: mode !== "required" };
}

function read(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readFileSync(file, "utf8");
}
