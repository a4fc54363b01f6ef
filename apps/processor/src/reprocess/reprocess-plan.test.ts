import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Config } from "../config.ts";
import { type PlanFlags, readPlan } from "./reprocess-plan.ts";

const search = { elasticsearch: { nodes: ["http://127.0.0.1:9200"], index: "gatelog" } };
const noFlags: PlanFlags = {
  from: "2026-11-23",
  to: "2026-11-23",
  source: undefined,
  output: undefined,
  files: [],
  registry: undefined,
  codec: undefined,
  topic: undefined,
  database: undefined,
};

function planOf(
  flags: Partial<PlanFlags>,
  { outputs = [search], filters = ["ecs"] }: { outputs?: readonly unknown[]; filters?: unknown[] } = {},
) {
  const config = { outputs, filters, masking: {}, seedTimeZone: "UTC" } as unknown as Config;
  return readPlan(
    { ...noFlags, ...flags },
    { config, folder: "/etc/gatelog", nowMs: Date.parse("2026-11-26T10:00:00Z"), sources: [], program: "1" },
  );
}

it("takes whole days with both ends, and times with an exclusive end", () => {
  expect(planOf({ to: "2026-11-25" }).days).toEqual(["2026-11-23", "2026-11-24", "2026-11-25"]);
  const { days, fromMs, toMs } = planOf({ from: "2026-11-23T23:30:00-02:00", to: "2026-11-25T00:00:00Z" });
  expect(days).toEqual(["2026-11-24"]);
  expect([fromMs, toMs]).toEqual([Date.parse("2026-11-24T01:30:00Z"), Date.parse("2026-11-25T00:00:00Z")]);
});

it("says in a sentence what it cannot do", () => {
  expect(() => planOf({ to: undefined })).toThrow(/--to DAY is missing/);
  expect(() => planOf({ from: "yesterday" })).toThrow(/--from takes a day .* found "yesterday"/);
  for (const from of ["2026-02-30", "2026-02-30T08:00:00Z", "Nov 23 2026 08:00Z"])
    expect(() => planOf({ from })).toThrow(/--from takes a day/);
  expect(() => planOf({ from: "2026-11-24" })).toThrow(/nothing lies between them/);
  expect(() => planOf({ to: "2026-11-26" })).toThrow(/only days that are over \(UTC\) can be done, .* --to 2026-11-25 is the last/);
  expect(() => planOf({ from: "2024-01-01" })).toThrow(/at most 366 days at once/);
  expect(() => planOf({ source: "tape" })).toThrow(/--source is one of stored, files, topic/);
  expect(() => planOf({ source: "files" })).toThrow(/needs --files GLOB/);
  expect(() => planOf({ files: ["*.log"] })).toThrow(/--files is for --source files/);
  expect(() => planOf({}, { outputs: [{ discard: {} }] })).toThrow(/there is no elasticsearch output; there are: none/);
  expect(() => planOf({}, { outputs: [search, { ...search, as: "second" }] })).toThrow(
    /say --output NAME, one of elasticsearch-gatelog, second/,
  );
  const dataStream = { elasticsearch: { nodes: ["http://127.0.0.1:9200"], dataStream: "logs-x" } };
  expect(() => planOf({}, { outputs: [dataStream] })).toThrow(/writes a data stream, which has no index per day/);
});

it("another pipeline, another range or another source is another run", () => {
  const { fingerprint } = planOf({});
  expect(planOf({}).fingerprint).toBe(fingerprint);
  const others = [planOf({ to: "2026-11-24" }), planOf({ source: "topic" }), planOf({}, { filters: ["parseRecord", "ecs"] })];
  expect(new Set([fingerprint, ...others.map((plan) => plan.fingerprint)]).size).toBe(4);
});

it("another table of a filter, another file of a pipeline that is code, and another program are another pipeline", () => {
  const folder = mkdtempSync(join(tmpdir(), "plan-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = { outputs: [search], filters: [{ translate: { source: "a", file: "table.csv" } }], masking: {}, seedTimeZone: "UTC" };
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const fingerprintOf = (program: string) => {
    const options = { folder, nowMs: Date.parse("2026-11-26T10:00:00Z"), sources: [join(folder, "pipeline.ts")], program };
    return readPlan(noFlags, { ...options, config: config as unknown as Config }).fingerprint;
  };
  write("table.csv", "a,1");
  write("pipeline.ts", "const limit = 1;");
  const first = fingerprintOf("1");
  expect(fingerprintOf("1")).toBe(first);
  const others = [fingerprintOf("2")];
  write("table.csv", "a,2");
  others.push(fingerprintOf("1"));
  write("pipeline.ts", "const limit = 2;");
  others.push(fingerprintOf("1"));
  expect(new Set([first, ...others]).size).toBe(4);
});

it("another database is another run, another password is not, and neither user nor password is in its name", () => {
  const planFor = (database: string | undefined) => planOf({ source: "topic", database });
  const one = planFor("postgresql://gatelog:s%2Fecret@db:5432/gatelog?sslmode=require");
  expect(one.databaseName).toBe("postgresql://db:5432/gatelog");
  expect(planFor("postgresql://gatelog:later@db:5432/gatelog").fingerprint).toBe(one.fingerprint);
  const others = [planFor("postgresql://gatelog@db:5432/other"), planFor(undefined), planFor("file:./gatelog.db")];
  expect(new Set([one.fingerprint, ...others.map(({ fingerprint }) => fingerprint)]).size).toBe(4);
  expect(planFor("file:./gatelog.db").database).toBe("file:/etc/gatelog/gatelog.db");
});
