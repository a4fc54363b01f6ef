import { expect, test } from "vitest";
import type { WorkEvent } from "../work-event.ts";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";

const ran = (run: (event: WorkEvent) => unknown, eventMsMax = 1000) =>
  runFilters([{ script: { run } }], [eventOf("line", { a: 1 })], { eventMsMax });

test("a script changes the event, and drops it with false", () => {
  expect(filtered([{ script: { run: (event: WorkEvent) => void (event.fields["b"] = event.message) } }], "line")?.fields).toEqual({
    b: "line",
  });
  expect(ran(() => false).events).toEqual([]);
});

test("a script that throws, returns a promise or takes too long fails on its event, which goes on", () => {
  const runs = [
    () => {
      throw new Error("no");
    },
    () => Promise.reject(new Error("later")),
    () => {
      for (;;);
    },
  ];
  const failures = runs.map((run) => {
    const { events, failures } = ran(run, 50);
    expect(events[0]?.tags).toEqual(["_scriptfailure"]);
    return failures[0];
  });
  expect(failures).toEqual(["script: no", expect.stringContaining("promise"), expect.stringContaining("took longer")]);
});

test("what a script may not leave is put right: ids, and what is no JSON", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  for (const value of [
    cycle,
    deep,
    1n,
    () => {},
    {
      toJSON: () => {
        throw new Error("no");
      },
    },
  ]) {
    const { events, failures } = ran((event) => void (event.fields["b"] = value));
    expect(failures).toHaveLength(1);
    expect(JSON.parse(events[0]?.fieldsJson ?? "")).toMatchObject({ a: 1, tags: ["_scriptfailure"] });
  }
  const { events } = ran((event) => void Object.assign(event, { id: "other" }));
  expect(events[0]).toMatchObject({ id: eventOf("x").id, tags: ["_scriptfailure"] });
});

test("a script in YAML is refused with a sentence", () => {
  expect(problemsOf([{ script: { run: "event => {}" } }])).toEqual([expect.stringContaining("pipeline.ts")]);
});
