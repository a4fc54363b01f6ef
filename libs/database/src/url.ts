import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type MysqlTarget, parseMysqlUrl } from "./mysql/mysql-options.ts";
import { type OracleTarget, parseOracleUrl } from "./oracle/oracle-url.ts";
import { escapeAdvice, wrongUrl } from "./url-error.ts";

/** The databases that gatelog writes and reads. */
export const dialects = ["sqlite", "postgresql", "mysql"] as const;
export type Dialect = (typeof dialects)[number];
/** Those that it writes: Oracle is not read. */
export type WrittenDialect = Dialect | "oracle";

/** Where a database is. */
export type DatabaseLocation =
  | { readonly dialect: "sqlite"; readonly file: string }
  | { readonly dialect: "postgresql"; readonly url: string }
  | { readonly dialect: "mysql"; readonly target: MysqlTarget }
  | { readonly dialect: "oracle"; readonly target: OracleTarget };

/**
 * Which database a URL means.
 *
 * **Shape**: `file:./data/gatelog.db` (relative to the working directory), `file:///srv/gatelog.db`, `postgresql://user@host:5432/gatelog`,
 * `mysql://user@host:3306/gatelog` (MySQL and MariaDB; `mariadb://` is the same).
 * `oracle://user:password@host:1521/service` is only written.
 * **Errors**: GATELOG_DATABASE_URL; the message never repeats the URL, which may hold a password.
 */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "file") return { dialect: "sqlite", file: sqliteFile(url) };
  if (scheme === "postgresql" || scheme === "postgres") return { dialect: "postgresql", url: checkedPostgresUrl(url) };
  if (scheme === "mysql" || scheme === "mariadb") return { dialect: "mysql", target: parseMysqlUrl(url) };
  if (scheme === "oracle") return { dialect: "oracle", target: parseOracleUrl(url) };
  const found = scheme === undefined ? "no scheme" : `the scheme ${JSON.stringify(scheme)}`;
  throw wrongUrl(`a database URL begins with file:, postgresql://, mysql:// or oracle://, this one has ${found}`);
}

function sqliteFile(url: string): string {
  const rest = url.slice("file:".length);
  if (rest === "" || rest === ":memory:" || rest.includes("?")) {
    throw wrongUrl("a SQLite URL is file:<path of the database file>, without parameters");
  }
  return rest.startsWith("//") ? fileURLToPath(url) : resolve(rest);
}

function checkedPostgresUrl(url: string): string {
  const example = "write postgresql://user:password@host:port/database";
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const database = parsed?.pathname.slice(1) ?? "";
  if (parsed === undefined || parsed.hash !== "" || /[/@]/.test(database))
    throw wrongUrl(`the PostgreSQL URL cannot be read; ${example}; ${escapeAdvice}`);
  if (database === "") throw wrongUrl(`the PostgreSQL URL names no database; ${example}`);
  // The driver would take the name of the operating system's user, which a container may not have.
  const hasUser = parsed.username !== "" || parsed.searchParams.has("user") || process.env["PGUSER"] !== undefined;
  if (!hasUser) throw wrongUrl(`the PostgreSQL URL names no user; ${example}`);
  return url;
}
