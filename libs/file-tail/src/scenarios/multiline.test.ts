import { appendFile, rename, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { MultilineOptions } from "../types.ts";
import { useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();

type Pattern = Extract<MultilineOptions, { type: "pattern" }>;
const bracketed: Pattern = { type: "pattern", pattern: "^\\[", negate: true, match: "after", flushMs: 60_000 };

function start(multiline: MultilineOptions): Promise<void> {
  return scenario.fixture.start(scenario.input({ parsers: [{ multiline }] }));
}

const javaEvents = [
  "[2015-12-06 01:44:16,735][INFO ][node] [Zach] version[2.0.0]",
  "[2015-12-06 01:44:53,269][DEBUG][action.admin.indices.mapping.put] failed to put mappings on indices\n" +
    "MergeMappingException[Merge failed with failures {[mapper [type] has different type]}]\n" +
    "\tat org.elasticsearch.cluster.metadata.MetaDataMappingService$2.execute(MetaDataMappingService.java:388)\n" +
    "\tat org.elasticsearch.cluster.service.InternalClusterService$UpdateTask.run(InternalClusterService.java:388)",
  "[2015-12-06 01:45:00,000][INFO ][node] [Zach] stopped",
];

test("multiline java_log: lines that do not begin with a bracket belong to the one before them, however they are written", async () => {
  const { fixture, log } = scenario;
  const [first, second] = [`${javaEvents[0]}\n${javaEvents[1]}`, `\n${javaEvents[2]}\n[`] as const;
  await start(bracketed);
  for (let at = 0; at < first.length; at += 50) await appendFile(log, first.slice(at, at + 50));
  await fixture.arrived(1);
  await appendFile(log, second);
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(javaEvents.slice(0, 2));
  // The last one may go on: it comes with what ends it.
  await appendFile(log, "next]\n");
  await fixture.arrived(3);
  expect(fixture.texts()).toEqual(javaEvents);
});

test("multiline java_log: an event that is under way at a stop is whole after the start", async () => {
  const { fixture, log } = scenario;
  await start(bracketed);
  await writeFile(log, "[1] begins\n goes on\n");
  await scenario.looked();
  await fixture.stop();
  expect(fixture.texts()).toEqual([]);
  await appendFile(log, " and ends\n[2] begins\n");
  await start(bracketed);
  await fixture.arrived(1);
  expect(fixture.texts()).toEqual(["[1] begins\n goes on\n and ends"]);
});

test("multiline c_style: a line that ends with a backslash goes on in the next one", async () => {
  const { fixture, log } = scenario;
  const events = [
    "The following are log messages",
    "This is a C style log\\\\\nfile which is on multiple lines",
    "and a last \\\nof \\\nfour",
  ];
  await writeFile(log, `${events.join("\n")}\n`);
  await start({ type: "pattern", pattern: "\\\\$", match: "before", flushMs: 60_000 });
  await fixture.arrived(3);
  expect(fixture.texts()).toEqual(events);
});

test("multiline max_lines: what is over the limit becomes the next event; not one line is discarded", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, `${javaEvents.join("\n")}\n[end]\n`);
  await start({ ...bracketed, linesMax: 3 });
  await fixture.arrived(4);
  const cut = javaEvents[1]?.split("\n") ?? [];
  expect(fixture.texts()).toEqual([javaEvents[0], cut.slice(0, 3).join("\n"), cut[3], javaEvents[2]]);
});

test("multiline max_bytes: what is over the limit becomes the next event; not one byte is discarded", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, `${javaEvents.join("\n")}\n[end]\n`);
  await start({ ...bracketed, bytesMax: 60 });
  await fixture.arrived(6);
  expect(fixture.texts().join("\n")).toBe(javaEvents.join("\n"));
});

test("multiline timeout: an event that nothing follows is taken after the time, and what comes later is another one", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, "[2015] hello world\n  First Line\n  Second Line\n");
  await start({ ...bracketed, flushMs: 100 });
  await fixture.arrived(1);
  await appendFile(log, "  This should not be third\n  This should not be fourth\n[2016] Hello world\n  First line again\n");
  await fixture.arrived(3);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual([
    "[2015] hello world\n  First Line\n  Second Line",
    "  This should not be third\n  This should not be fourth",
    "[2016] Hello world\n  First line again",
  ]);
});

test("multiline timeout: the last event of a file that is rotated away is taken when nothing more can follow", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, "[1] begins\n goes on\n");
  await start({ ...bracketed, flushMs: 100 });
  await scenario.looked();
  await rename(log, `${log}.1`);
  await writeFile(log, "[2] begins\n goes on too\n");
  await fixture.arrived(2);
  await scenario.everythingRead();
  expect(fixture.texts().toSorted()).toEqual(["[1] begins\n goes on", "[2] begins\n goes on too"]);
});
