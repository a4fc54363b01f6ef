import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundleDbSink, removeDbSinkBundle, startDbSink } from "./db-sink.test-helper.ts";

beforeAll(bundleDbSink);
afterAll(removeDbSinkBundle);

describe("what the machine or the configuration does not allow", { timeout: 60_000 }, () => {
  let directory: { path: string; remove(): Promise<void> };
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  const good = "admin: { port: 0 }\ntopic: { embedded: { dir: ./topic }, name: kerry }\ndatabase: { url: file:./gatelog.db }\n";
  const outcome = async (yaml: string, options: Parameters<typeof startDbSink>[2] = {}) => {
    const { process: child } = startDbSink(directory.path, yaml, options);
    const exit = await child.exited;
    return {
      code: exit.code,
      complaints: child
        .output()
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith('{"level"')),
    };
  };

  test.each([
    ["an unknown key", `${good}batch: { rowMax: 5 }\n`, ["db-sink.yaml:4", "rowMax", "rowsMax"]],
    [
      "a database that gatelog does not know",
      good.replace("file:./gatelog.db", "mssql://root:secret@h/d"),
      ["database.url", "mssql", "postgresql://"],
    ],
    ["no database", good.replace(/database.*\n/, ""), ["database"]],
    ["two kinds of topic", good.replace("name: kerry", "kafka: { brokers: [a:1] }, name: kerry"), ["topic"]],
    [
      "a broker without a port",
      good.replace("embedded: { dir: ./topic }", "kafka: { brokers: [kafka] }"),
      ["brokers[0]: expected host:port"],
    ],
    ["an hour of one digit", `${good}limits: { quietHours: [{ from: "9:00", to: "11:00" }] }\n`, ["expected a time such as 09:00"]],
    ["a number that is none", `${good}batch: { rowsMax: many }\n`, ["batch.rowsMax", "many"]],
    ["a pause that is longer than the longest", `${good}retry: { minMs: 10, maxMs: 5 }\n`, ["retry.minMs", "retry.maxMs"]],
    ["a time zone that is none", `${good}seedTimeZone: Asia/Nowhere\n`, ["seedTimeZone", "Asia/Nowhere"]],
    ["bodies that outlive their calls", `${good}retention: { metadataDays: 10 }\n`, ["retention.bodyDays", "metadataDays (10 days)"]],
    [
      "bodies of a project that outlive its calls",
      `${good}retention: { projects: { demo: { metadataDays: 60, bodyDays: 90 } } }\n`,
      ["retention.projects.demo.bodyDays", "metadataDays (60 days)"],
    ],
    [
      "a text search where nothing is read",
      good.replace("file:./gatelog.db }", "oracle://root:secret@h/d, textSearch: on }"),
      ["database.textSearch", "must be off"],
    ],
    ["a retention that is misspelt", `${good}retention: { bodyDay: 3 }\n`, ["bodyDay", "bodyDays"]],
    ["YAML that is none", `${good}batch: {\n`, ["db-sink.yaml:"]],
  ])("%s ends it with 1 and one sentence, also with --check", async (_what, yaml, parts) => {
    for (const args of [[], ["--check"]]) {
      const { code, complaints } = await outcome(yaml, { args });
      expect(code).toBe(1);
      expect(complaints).toHaveLength(1);
      for (const part of parts) expect(complaints[0]).toContain(part);
      expect(complaints.join("\n")).not.toContain("secret");
    }
  });

  test("a good configuration passes --check, with a variable in place of a key", async () => {
    expect((await outcome(good, { args: ["--check"], env: { GATELOG_DB_SINK_BATCH__ROWS_MAX: "500" } })).code).toBe(0);
    expect((await outcome(good, { args: ["--check"], env: { GATELOG_DB_SINK_BATCH__ROWS_MAX: "none" } })).code).toBe(1);
  });

  test("a database directory that cannot be written ends it with 1 and one sentence", async () => {
    writeFileSync(join(directory.path, "file"), "");
    const { code, complaints } = await outcome(good.replace("./gatelog.db", "./file/gatelog.db"));
    expect({ code, complaints }).toEqual({ code: 1, complaints: [expect.stringContaining("database.url")] });
  });

  test("a topic directory that cannot be written ends it with 1 and one sentence", async () => {
    writeFileSync(join(directory.path, "file"), "");
    const { code, complaints } = await outcome(good.replace("./topic", "./file/topic"));
    expect({ code, complaints }).toEqual({ code: 1, complaints: [expect.stringContaining("topic.embedded.dir")] });
  });

  test("an admin port that is taken ends it with 1 and one sentence", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const { code, complaints } = await outcome(good.replace("port: 0", `port: ${port}`));
    taken.close();
    expect({ code, complaints }).toEqual({ code: 1, complaints: [expect.stringContaining(String(port))] });
  });
});
