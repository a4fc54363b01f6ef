import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { describe, expect, test } from "vitest";
import { checkConfig, configSchema } from "../config.ts";
import { compileCaller, type CallerView } from "./caller.ts";

const sha256 = (key: string) => createHash("sha256").update(key).digest("hex");

const call = (headers: Readonly<Record<string, string>>, options: Partial<CallerView> = {}): CallerView => ({
  header: (name) => headers[name],
  query: undefined,
  isBehindTrustedProxy: false,
  ...options,
});

describe("a caller by API key", () => {
  const read = compileCaller([
    { apiKey: { header: "X-API-Key", query: "api_key", names: { billing: sha256("k-1"), 报表: sha256("k 2").toUpperCase() } } },
  ]);

  test("is who has the key, each time", () => {
    for (let count = 0; count < 3; count++) expect(read?.(call({ "x-api-key": "k-1" }))).toBe("billing");
    expect(read?.(call({}, { query: "a=1&api_key=k%202" }))).toBe("报表");
  });

  test("is nobody where the key is unknown, missing, empty or the hash itself", () => {
    for (const key of ["k-3", "", sha256("k-1"), "billing", "x".repeat(100_000)])
      expect(read?.(call({ "x-api-key": key }))).toBeUndefined();
    expect(read?.(call({}))).toBeUndefined();
    expect(read?.(call({}, { query: "" }))).toBeUndefined();
  });
});

describe("a caller by certificate", () => {
  const read = compileCaller([{ certificate: { header: "X-SSL-Client-S-DN" } }]);
  const headers = { "x-ssl-client-s-dn": "CN=billing,O=Example" };

  test("is the subject's common name, from a trusted proxy only", () => {
    expect(read?.(call(headers, { isBehindTrustedProxy: true }))).toBe("billing");
    expect(read?.(call(headers))).toBeUndefined();
  });
});

describe("a caller", () => {
  test("is named by the first source that names somebody", () => {
    const read = compileCaller([
      { apiKey: { header: "x-api-key", names: { billing: sha256("k-1") } } },
      { certificate: { header: "x-dn" } },
      { header: "X-App-Id" },
    ]);
    const headers = { "x-dn": "CN=cert", "x-app-id": "app-7" };
    expect(read?.(call({ ...headers, "x-api-key": "k-1" }, { isBehindTrustedProxy: true }))).toBe("billing");
    expect(read?.(call({ ...headers, "x-api-key": "?" }, { isBehindTrustedProxy: true }))).toBe("cert");
    expect(read?.(call(headers))).toBe("app-7");
  });

  test("is printable and at most 256 characters long", () => {
    const read = compileCaller([{ header: "x-app-id" }]);
    expect(read?.(call({ "x-app-id": " a\u0000\u001B[31m\u202Eb\tc " }))).toBe("a [31m b c");
    expect(read?.(call({ "x-app-id": "🎉".repeat(500) }))).toBe("🎉".repeat(128));
    expect(read?.(call({ "x-app-id": "\u0000" }))).toBeUndefined();
  });

  test("is not read at all without sources", () => {
    expect(compileCaller([])).toBeUndefined();
  });
});

describe("the configuration of callers", () => {
  const load = (yaml: string) => {
    const dir = mkdtempSync(join(tmpdir(), "gatelog-caller-"));
    const file = join(dir, "gateway.yaml");
    writeFileSync(file, yaml);
    try {
      return loadConfig({ app: "gateway", schema: configSchema, file, env: {}, check: checkConfig }).config.caller;
    } finally {
      rmSync(dir, { recursive: true });
    }
  };

  test("is a list of sources, none by default", () => {
    expect(load("name: a")).toEqual([]);
    expect(load(`caller:\n  - { apiKey: { query: k, names: { a: ${sha256("x")} } } }\n  - { header: x-app-id }`)).toHaveLength(2);
  });

  test.each([
    [
      "two sources in one",
      "caller:\n  - { header: a, certificate: { header: b } }",
      /gateway\.yaml:2:5: caller\[0\]: expected exactly one of the keys/,
    ],
    ["an unknown source", "caller:\n  - { headers: a }", /:2:7: .*unknown key "headers", did you mean "header"/],
    ["a key instead of its hash", "caller:\n  - apiKey:\n      header: k\n      names: { a: secret }", /:4:16: .*the SHA-256 of the key/],
    ["a key that is nowhere", `caller:\n  - apiKey:\n      names: { a: ${sha256("x")} }`, /:2:5: .*expected a key header, query or both/],
    ["a certificate without a proxy", "caller:\n  - { certificate: { header: x } }", /:2:7: .*trustedProxies lists none/],
    ["a header that is none", "caller:\n  - { header: 'x y' }", /:2:7: .*expected the name of a header/],
  ])("is refused with file and line where it has %s", (_what, yaml, message) => {
    expect(() => load(yaml)).toThrow(message);
  });

  test("never repeats what stands where a hash should be", () => {
    expect(() => load("caller:\n  - apiKey:\n      header: k\n      names: { a: my-secret-key }")).toThrow(/^(?!.*my-secret-key)/s);
  });
});
