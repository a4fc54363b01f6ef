import { describe, expect, test } from "vitest";
import { isScalar, parseDocument, type Scalar, visit } from "yaml";
import { corpus } from "./corpus.test-helper.ts";
import { importFilebeat, type ImportResult } from "./import-filebeat.ts";

/** Where a value stands, for messages of the test. */
interface Value {
  readonly where: string;
  readonly line: number;
  readonly changed: string;
}

/** Every value of a file, with the file as it is when that value is another one. */
function valuesOf(text: string): readonly Value[] {
  const values: Value[] = [];
  visit(parseDocument(text), {
    Scalar(key, node, path) {
      if (key === "key" || node.range === null || node.range === undefined) return;
      const [start, end] = node.range;
      const line = text.slice(0, start).split("\n").length;
      const where = path.flatMap((parent) => ("key" in parent && isScalar(parent.key) ? [String(parent.key.value)] : [])).join(".");
      values.push({ where: `${where} (line ${line})`, line, changed: text.slice(0, start) + another(node) + text.slice(end) });
    },
  });
  return values;
}

function another({ value, source }: Scalar): string {
  if (typeof value === "boolean") return String(!value);
  if (typeof value === "number") return String(value === 1 ? 2 : value + 7);
  const duration = /^(\d+)(ms|s|m|h)$/.exec(source ?? "");
  if (duration !== null) return `${Number(duration[1]) * 3 + 1}${duration[2]}`;
  return value === null ? " 7" : JSON.stringify(`${source ?? ""}x`);
}

/** True where the line is told of, or one of a setting around it. */
function isTold({ notes, errors }: ImportResult, { where }: Value): boolean {
  const plain = where.replace(/ \(line \d+\)$/, "");
  return [...notes, ...errors].some(({ key, line }) => {
    const path = key.replaceAll(/\[\d+\]/g, "");
    return line !== undefined && (plain === path || plain.startsWith(`${path}.`));
  });
}

describe.each(corpus)("nothing is passed over in %s:", (name, text) => {
  const before = importFilebeat(text, { file: "filebeat.yml" });

  test("each value changes the result, or is told of", () => {
    const passedOver = valuesOf(text).filter((value) => {
      if (isTold(before, value)) return false;
      try {
        return importFilebeat(value.changed, { file: "filebeat.yml" }).yaml === before.yaml;
      } catch {
        return false;
      }
    });
    expect(passedOver.map(({ where }) => where)).toEqual([]);
  });

  test("no option of Filebeat's is unknown", () => {
    const unknown = [...before.notes, ...before.errors].filter(({ message }) => message.includes("not known to this import"));
    expect(unknown.map(({ key }) => key)).toEqual(name.includes("every other") ? ["who"] : []);
  });
});
