import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { seededRandom, seedOfRun, temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDocument, visit } from "yaml";
import { checkConfig, configSchema } from "../config.ts";
import { corpus } from "./corpus.test-helper.ts";
import { importFilebeat } from "./import-filebeat.ts";

const runs = 200;

/** What people, and templates, write where something else is meant. */
const oddValues = `
0, -1, 1, 7, 99999999999999, 0.5, true, false, ~, "", x, [], {}, [~], [[x]], {a: b}, 5m, 0s, -5m, 9999999h, 10MiB, 100GB, "\${X}", "\${X:1}",
"\${X:?no}", "\\u0000", "a b", /, '/**', '*', '(', '%{[fields.x]}', localhost, '[::1]', 'http://x:1', 'a:b:c', 'a:99999', log, filestream, container`
  .split(/,\s/)
  .map((value) => value.trim());

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => (directory = await temporaryDirectory("gatelog-import-")));
afterAll(() => directory.remove());

/** The text with some of its values replaced by odd ones. */
function disturbed(text: string, random: ReturnType<typeof seededRandom>): string {
  const places: (readonly [start: number, end: number])[] = [];
  visit(parseDocument(text), {
    Scalar(key, node) {
      if (key !== "key" && node.range) places.push([node.range[0], node.range[1]]);
    },
  });
  let changed = text;
  for (const [start, end] of places.toReversed()) {
    if (random.integer(0, 11) === 0) changed = `${changed.slice(0, start)} ${random.pick(oddValues)}${changed.slice(end)}`;
  }
  return changed;
}

test("whatever values a file has, it is refused with one sentence, or its YAML is one that the tailer takes", () => {
  const seed = seedOfRun();
  const file = join(directory.path, "tailer.yaml");
  for (let run = 0; run < runs; run += 1) {
    const random = seededRandom(seed + run);
    const text = disturbed(random.pick(corpus)[1], random);
    let yaml: string;
    try {
      ({ yaml } = importFilebeat(text, { file: "filebeat.yml" }));
    } catch (error) {
      expect(error).toMatchObject({ name: "StartError" });
      expect((error as Error).message).not.toContain("\n");
      continue;
    }
    writeFileSync(file, yaml);
    const load = () => loadConfig({ app: "tailer", schema: configSchema, file, env: {}, check: checkConfig });
    expect(load, `GATELOG_SEED=${seed + run}\n${text}\n---\n${yaml}`).not.toThrow();
  }
});
