import { describe, expect, test } from "vitest";
import { driverOptions } from "./mysql/mysql-options.ts";
import { parseDatabaseUrl } from "./url.ts";

/** What a URL of MySQL means. */
function targetOf(url: string) {
  const location = parseDatabaseUrl(url);
  if (location.dialect !== "mysql") throw new Error(`not a URL of MySQL: ${location.dialect}`);
  return location.target;
}

describe("a URL of MySQL", () => {
  test("names server, user, password and database, with whatever signs", () => {
    expect(targetOf("mysql://gate%40log:p%2Fw%C3%A4@db.example:3307/gate%20log")).toMatchObject({
      host: "db.example",
      port: 3307,
      user: "gate@log",
      password: "p/wä",
      database: "gate log",
      tls: { mode: "disabled" },
    });
    expect(targetOf("mariadb://root@[::1]/gatelog")).toMatchObject({ host: "::1", port: 3306, password: "" });
  });

  test.each([
    ["ssl-ca=/ca.pem", "verify-identity"],
    ["ssl-mode=VERIFY_CA&ssl-ca=/ca.pem", "verify-ca"],
    ["ssl-mode=required", "required"],
    ["sslaccept=strict", "verify-identity"],
    ["sslaccept=accept_invalid_certs", "required"],
    ["ssl-mode=disabled", "disabled"],
  ])("with %s means TLS %s", (parameters, mode) => {
    expect(targetOf(`mysql://root@db/gatelog?${parameters}`).tls.mode).toBe(mode);
  });

  test.each([
    ["mysql://root:secret@db/gatelog?sslca=/x", '"sslca"'],
    ["mysql://root:secret@db/gatelog?ssl-mode=maybe", "ssl-mode"],
    ["mysql://root:secret@db/gatelog?sslaccept=maybe", "sslaccept"],
    ["mysql://root:secret@db/gatelog?ssl-cert=/x", "ssl-key"],
    ["mysql://root:secret@db", "no database"],
    ["mysql://root:secret@db/a/b", "%2F"],
    ["mysql://root:se/cret@secret/gatelog", "%2F"],
    ["mysql://root:se#cret@secret/gatelog", "%23"],
    ["mysql://db/gatelog", "no user"],
    ["mysql://root:secret%zz@db/gatelog", "%25"],
    ["mysql:///gatelog", "cannot be read"],
    ["postgresql://root:secret@db", "no database"],
    ["postgresql://root:secret@db:5432/", "no database"],
    ["postgresql://db/secret", "no user"],
    ["postgresql://root:p@ss@secret/x@db/gatelog", "%40"],
    ["postgresql://root:se/cret@secret/gatelog", "%2F"],
    ["postgresql://root:p#secret@db/gatelog", "%23"],
    ["postgresql://root@db/secret#x", "%23"],
    ["mssql://root:secret@db/gatelog", "mysql://"],
  ])("%s is refused in a sentence that says %s, and never what it is", (url, part) => {
    const refused = (() => {
      try {
        return JSON.stringify(parseDatabaseUrl(url));
      } catch (error) {
        return `${(error as { code: string }).code} ${(error as Error).message}`;
      }
    })();
    expect(refused).toContain("GATELOG_DATABASE_URL");
    expect(refused).toContain(part);
    expect(refused).not.toContain("secret");
  });

  test("a certificate that cannot be read is told by its file's name, when a connection is opened", () => {
    const target = targetOf("mysql://root@db/gatelog?ssl-ca=/nowhere/ca.pem");
    expect(() => driverOptions(target)).toThrow("/nowhere/ca.pem");
  });
});
