import { DatabaseError } from "../errors.ts";

/** Where an Oracle database is, and who logs in. */
export interface OracleTarget {
  readonly user: string;
  readonly password: string;
  /** `host:port/service`. */
  readonly connectString: string;
}

const portDefault = "1521";

/** **Shape**: `oracle://user:password@host:1521/service`. **Errors**: GATELOG_DATABASE_URL; the message never repeats the URL. */
export function parseOracleUrl(url: string): OracleTarget {
  const wrong = (message: string) =>
    new DatabaseError("GATELOG_DATABASE_URL", `${message}; write oracle://user:password@host:1521/service`);
  if (!URL.canParse(url)) throw wrong("the Oracle URL cannot be read");
  // What the scheme is changes how a URL is read; this one has a host.
  const { username, password, hostname, port, pathname, search } = new URL(url.replace(/^oracle:/i, "http:"));
  const service = pathname.slice(1);
  if (username === "" || hostname === "" || service === "") throw wrong("the Oracle URL lacks the user, the host or the service");
  if (search !== "") throw wrong("an Oracle URL has no parameters");
  return {
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectString: `${hostname}:${port === "" ? portDefault : port}/${service}`,
  };
}
