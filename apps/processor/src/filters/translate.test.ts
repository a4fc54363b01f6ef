import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { waitFor } from "@gatelog/testkit";
import { afterAll, expect, test } from "vitest";
import { eventOf, filtered, problemsOf } from "./filters.test-helper.ts";
import { translate } from "./translate.ts";

const directory = mkdtempSync(join(tmpdir(), "gatelog-translate-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const translated = (options: object, code: unknown) =>
  filtered([{ translate: { source: "code", target: "text", ...options } }], "x", { code })?.fields["text"];

test("a table translates whole values, and falls back", () => {
  expect(translated({ map: { 200: "fine", a: { b: 1 } } }, 200)).toBe("fine");
  expect(translated({ map: { a: { b: 1 } } }, "a")).toEqual({ b: 1 });
  expect(translated({ map: {}, fallback: "?" }, "constructor")).toBe("?");
  expect(translated({ map: {} }, "x")).toBeUndefined();
});

test("a table of patterns takes the first that is found", () => {
  const options = { map: { "^2": "fine", "^[45]": "bad" }, match: "regexp" };
  expect([translated(options, 204), translated(options, 503), translated(options, 302)]).toEqual(["fine", "bad", undefined]);
});

test.each([
  ["t.json", '{"a":"A"}'],
  ["t.yaml", "a: A\n"],
  ["t.csv", 'a,A\r\n"b,""c""",B\n'],
])("a table is read from %s", (name, content) => {
  writeFileSync(join(directory, name), content);
  expect(translated({ file: join(directory, name) }, "a")).toBe("A");
});

test("a file that is missing or broken is refused at the start in one sentence", () => {
  expect(() => translated({ file: join(directory, "none.csv") }, "a")).toThrow(/the table of translate cannot be used: .*none.csv/);
  writeFileSync(join(directory, "broken.csv"), 'a,A\n"b');
  expect(() => translated({ file: join(directory, "broken.csv") }, "a")).toThrow(/line 2 is no CSV/);
});

test("wrong tables are refused at the check", () => {
  expect(problemsOf([{ translate: { source: "a" } }])).toEqual([expect.stringContaining("exactly one of map and file")]);
  expect(problemsOf([{ translate: { source: "a", map: { "(": 1 }, match: "regexp" } }])).toEqual([
    expect.stringContaining("regular expression"),
  ]);
});

test("a file that changes is read anew, and a broken one leaves the table before with a notice", async () => {
  const file = join(directory, "changing.json");
  const put = (content: string) => {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  };
  put('{"a":"one"}');
  const notices: string[] = [];
  const step = translate.create(
    { source: "code", file, match: "exact", refreshMs: 10 },
    { seedTimeZone: "UTC", resolvePath: (path) => path, clock: systemClock, onNotice: ({ message }) => notices.push(message) },
  );
  const now = () => {
    const event = eventOf("x", { code: "a" });
    step.apply(event);
    return event.fields["code"];
  };
  try {
    expect(now()).toBe("one");
    put('{"a":"two"}');
    await waitFor(() => now() === "two");
    put("{");
    await waitFor(() => notices.length === 2);
    expect(now()).toBe("two");
    expect(notices[1]).toContain("cannot be used any more");
  } finally {
    step.close?.();
  }
});
