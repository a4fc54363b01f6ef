import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { afterAll, expect, test } from "vitest";
import { checkConfig, configSchema } from "./config.ts";

const folder = mkdtempSync(join(tmpdir(), "gatelog-console-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function load(yaml: string) {
  const file = join(folder, "console.yaml");
  writeFileSync(file, yaml);
  return loadConfig({ app: "console", schema: configSchema, check: checkConfig, file, env: {} }).config;
}

test("only the database must be told", () => {
  const config = load("stores: { sql: { url: file:./data/gatelog.db } }");
  expect(config).toMatchObject({
    listen: { host: "127.0.0.1", port: 5601 },
    admin: { host: "127.0.0.1", port: 9104 },
    stages: {},
    gatewayUrl: "http://127.0.0.1:9000",
    stores: { sql: { url: `file:${folder}/data/gatelog.db` } },
    settings: { url: `file:${folder}/data/console.db` },
  });
});

test("the documented configuration is valid", () => {
  const config = load(`
listen: { host: 127.0.0.1, port: 5601 }
stores: { sql: { url: file:./data/gatelog.db }, elasticsearch: null }
settings: { url: file:./data/console.db }
stages: { processor: http://127.0.0.1:9102 }
`);
  expect(config.stages).toEqual({ processor: "http://127.0.0.1:9102" });
});

test("dev.yaml is valid", () => {
  expect(load(readFileSync(join(import.meta.dirname, "../dev.yaml"), "utf8")).stages).toHaveProperty("dbSink");
});

test.each(["0.0.0.0", "'::'", "192.168.1.10", "console.example.com"])("listen.host %s is refused with the reason", (host) => {
  expect(() => load(`listen: { host: ${host} }\nstores: { sql: { url: file:./x.db } }`)).toThrow(
    /console\.yaml:1:\d+: listen\.host: .* can be reached from other machines and the console has no login yet; use 127\.0\.0\.1/u,
  );
});

test("an unknown key is refused with its line and the nearest name", () => {
  expect(() => load("stores: { sql: { url: file:./x.db } }\nlisen: { port: 1 }")).toThrow(/console\.yaml:2.*lisen.*listen/su);
});

test("settings are a SQLite file", () => {
  expect(() => load("stores: { sql: { url: file:./x.db } }\nsettings: { url: postgresql://x/y }")).toThrow(
    /settings\.url: only a SQLite file/u,
  );
});
