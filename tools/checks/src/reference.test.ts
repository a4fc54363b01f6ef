import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeKeys } from "@gatelog/service-kit/reference";
import { expect, test } from "vitest";
import { appNames, loadApp, loadFilters, loadLibraryErrors } from "./reference/load-projects.ts";
import { buildReference } from "./write-reference.ts";

const root = join(import.meta.dirname, "../../..");

test("docs/reference says what the code says; after a change run `npm run reference`", { timeout: 60_000 }, async () => {
  const outOfStep: string[] = [];
  for (const [path, content] of await buildReference(root)) {
    const written = await readFile(join(root, path), "utf8").catch(() => "");
    if (written !== content) outOfStep.push(path);
  }
  expect(outOfStep, "run `npm run reference`").toEqual([]);
});

/** The cells of a table's row, as a reader sees them. */
function cellsOf(row: string): readonly string[] {
  const cells = row.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) =>
    cell
      .trim()
      .replaceAll("&lt;", "<")
      .replaceAll(/\\([*_|])/g, "$1"),
  );
}

test("config.md shows what a key takes and means letter by letter, with no asterisk taken for emphasis", { timeout: 60_000 }, async () => {
  const page = (await buildReference(root)).get("docs/reference/config.md") ?? "";
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows.filter((row) => /(?<!\\)\*/.test(row.replaceAll(/`[^`]*`|\*\*required\*\*/g, "")))).toEqual([]);
  const shown = new Set(rows.map((row) => cellsOf(row)).map(([key = "", type = "", , meaning = ""]) => [key, type, meaning].join("\n")));
  for (const name of appNames) {
    const keys = describeKeys((await loadApp(root, name)).configSchema);
    expect(
      keys.map(({ path, type, description }) => ["`" + path + "`", type, description].join("\n")).filter((key) => !shown.has(key)),
    ).toEqual([]);
  }
});

test("filters.md names every filter with each of its options", { timeout: 60_000 }, async () => {
  const page = (await buildReference(root)).get("docs/reference/filters.md") ?? "";
  const sections = new Map(page.split("\n## ").map((section) => [section.split("\n")[0], section]));
  for (const { name, schema, failureTag } of await loadFilters(root)) {
    const rows =
      sections
        .get(name)
        ?.split("\n")
        .filter((line) => line.startsWith("| `")) ?? [];
    const options = rows.map((row) => cellsOf(row)[0]);
    expect(options).toEqual(describeKeys(schema).map(({ path }) => "`" + path + "`"));
    expect(sections.get(name)).toContain("`" + failureTag + "`");
  }
});

test("every error code belongs to its project and to no other", { timeout: 60_000 }, async () => {
  const tables = new Map(await loadLibraryErrors(root));
  for (const name of appNames) tables.set(name, (await loadApp(root, name)).errors);
  const seen = new Set<string>();
  for (const [project, errors] of tables) {
    const prefix = `GATELOG_${project.replaceAll("-", "_").toUpperCase()}_`;
    for (const [code, meaning] of Object.entries(errors)) {
      expect(code.startsWith(prefix), `${code} of ${project} does not begin with ${prefix}`).toBe(true);
      expect(seen.has(code), `${code} is defined twice`).toBe(false);
      expect(meaning.length, `${code} says nothing`).toBeGreaterThan(20);
      seen.add(code);
    }
  }
});
