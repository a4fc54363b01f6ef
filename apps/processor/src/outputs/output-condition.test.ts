import { systemClock } from "@gatelog/pipeline";
import { expect, it } from "vitest";
import { createChain } from "../filters/create-chain.ts";
import type { Effect } from "../filters/filter.ts";
import { eventOf } from "../filters/filters.test-helper.ts";
import { parseFilters } from "../filters/parse-filters.ts";
import { recordLine } from "../processor.test-helper.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import { conditionNeeds, conditionOf } from "./output-condition.ts";

const teams = ["a", "b", "a"];
const events = () => teams.map((team, index) => eventOf(recordLine(index, { status: 200 + index }), { fields: { team } }));

/** What an output gets that has this condition and needs these. */
function run(when: unknown, needs: readonly Effect[]) {
  let unwanted = 0;
  const failures: string[] = [];
  const chain = createChain({
    specs: parseFilters(["parseRecord", "ecs"], "/").specs,
    needs: [...needs, ...conditionNeeds],
    condition: conditionOf(when, () => unwanted++),
    eventMsMax: 200,
    context: { seedTimeZone: "UTC", resolvePath: (path) => path, clock: systemClock, onNotice: () => undefined },
    hooks: { onFailure: (node) => failures.push(node), again: ({ bytes }) => decodeEvent(bytes) as WorkEvent },
  });
  const kept = chain.run(events());
  return { kept, unwanted, failures, nodes: chain.nodes.map(({ name }) => name) };
}

it("a condition sees an event's fields, whether the output writes documents or not", () => {
  const when = { field: "fields.team", equals: "a" };
  const documents = run(when, ["document"]);
  expect(documents.nodes).toEqual(["parseRecord", "output", "ecs"]);
  expect(documents.kept.map(({ record }) => record?.status)).toEqual([200, 202]);
  expect(documents.kept.every(({ document }) => document !== undefined)).toBe(true);
  const lines = run(when, []);
  expect(lines.nodes).toEqual(["parseRecord", "output"]);
  expect(lines.kept.map(({ record }) => record?.status)).toEqual([200, 202]);
  expect([documents.unwanted, lines.unwanted]).toEqual([1, 1]);
});

it("a condition that is code, and fails or takes too long, lets the event go on", () => {
  const failing = () => {
    throw new Error("no");
  };
  const endless = (event: WorkEvent) => {
    while (event.record?.status === 201);
    return true;
  };
  for (const when of [failing, endless]) {
    const { kept, unwanted, failures } = run(when, []);
    expect(kept).toHaveLength(3);
    expect(unwanted).toBe(0);
    expect(new Set(failures)).toEqual(new Set(["output"]));
  }
});
