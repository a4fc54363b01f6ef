import { loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConfig } from "../check-config.ts";
import { configSchema } from "../config.ts";
import { conditionText } from "./condition-text.ts";
import { escapeLabel } from "./flowchart.ts";
import { pipelineGraph } from "./pipeline-graph.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory("gatelog-graph-");
});
afterAll(() => directory.remove());

function graphOf(more: object): string {
  const file = join(directory.path, "processor.yaml");
  writeFileSync(file, JSON.stringify({ inputs: [{ beats: {} }], buffer: { dir: "./b" }, ...more }));
  const { config } = loadConfig({ app: "processor", schema: configSchema, file, env: {}, check: checkConfig });
  return pipelineGraph(config, directory.path);
}

/** The chart as a map from a node's label to the labels, and words, of what comes behind it; of one output, that of its frame. */
function arrowsOf(chart: string): Readonly<Record<string, readonly string[]>> {
  const labels = new Map(
    [...chart.matchAll(/(n\d+)[[({]+"(.*)"[\])}]+$/gm)].map(([, id = "", label = ""]) => [id, label.split("<br/>")[0] ?? ""]),
  );
  const arrows: Record<string, string[]> = {};
  for (const [, from = "", word = "", to = ""] of chart.matchAll(/(n\d+) -->(?:\|(.*)\|)? (n\d+)$/gm))
    (arrows[labels.get(from) ?? ""] ??= []).push(`${word === "" ? "" : `${word}: `}${labels.get(to)}`);
  return arrows;
}

const raw = { topic: { embedded: { dir: "./topic", groups: [] }, name: "kerry" } };
const documents = {
  elasticsearch: { nodes: ["http://127.0.0.1:1"], index: "logs", auth: { basic: { username: "me", password: "s3cret" } } },
};

describe("the graph of a pipeline", () => {
  it("leads from the inputs over the buffer to each output, through the filters that it really runs", () => {
    const filters = ["parseRecord", "ecs"];
    expect(arrowsOf(graphOf({ inputs: [{ beats: {} }, { stdin: {} }], filters, outputs: [raw, documents] }))).toEqual({
      beats: ["mask foreign lines"],
      stdin: ["mask foreign lines"],
      "mask foreign lines": ["buffer"],
      buffer: ["topic-kerry", "parseRecord"],
      parseRecord: ["ecs"],
      ecs: ["elasticsearch-logs"],
    });
  });

  it("shows the branches of conditions, where events end, and the output's own condition", () => {
    const filters = [
      "parseRecord",
      { drop: {}, when: { field: "record.path", equals: "/health" } },
      {
        when: { field: "record.status", gte: 500 },
        as: "failed",
        do: [{ set: { fields: { a: 1 } }, as: "mark" }],
        else: ["trim"].map(() => ({ set: { fields: { b: 1 } } })),
      },
    ];
    const output = { file: { path: "./all.log" }, as: "all", when: { field: "record.path", matches: "^/a" } };
    const chart = graphOf({ masking: { foreign: false }, filters, outputs: [output] });
    expect(arrowsOf(chart)).toEqual({
      beats: ["buffer"],
      buffer: ["parseRecord"],
      parseRecord: ["when"],
      when: ["yes: drop", "no: failed"],
      failed: ["yes: mark", "no: set"],
      mark: ["output"],
      set: ["output"],
      output: ["no: not for this output", "yes: all"],
    });
    // A frame would take the buffer in, if it were named within it.
    expect(chart.indexOf("-->")).toBeGreaterThan(chart.lastIndexOf("  end"));
    expect(chart).toContain("record.status #62;= 500");
    expect(chart).toContain("mark<br/>set");
  });

  it("is the same each time, and has no secrets in it", () => {
    const options = {
      inputs: [{ http: { auth: { bearer: { token: "s3cret" } } } }],
      filters: ["parseRecord", { fingerprint: { fields: ["message"], target: "f", key: "s3cret-key" } }, "ecs"],
      outputs: [documents, { http: { url: "http://127.0.0.1:1/?token=s3cret", headers: { authorization: "s3cret" } } }],
    };
    const chart = graphOf(options);
    expect(chart).not.toContain("s3cret");
    expect(chart).toBe(graphOf(options));
  });
});

it("labels say what they say, whatever Mermaid makes of its characters", () => {
  expect(escapeLabel('a"b<script>#35;%%{init}%%`x`\n|y|')).toBe(
    "a#34;b#60;script#62;#35;35#59;#37;#37;#123;init#125;#37;#37;#96;x#96; #124;y#124;",
  );
  expect(escapeLabel("x".repeat(1000))).toHaveLength(100);
});

it.each([
  [{ field: "a", gte: 5, lt: 9 }, "a >= 5 and a < 9"],
  [
    { any: [{ field: "a", exists: true }, { all: [{ field: "b", equals: "x" }, { not: { field: "c", in: [1, 2] } }] }] },
    'a exists or (b = "x" and not (c in [1,2]))',
  ],
  [{ field: "a", exists: false }, "a is missing"],
  [() => true, "a function"],
  [function isHealthy() {}, "isHealthy()"],
])("the condition %j in words", (condition, text) => {
  expect(conditionText(condition)).toBe(text);
});
