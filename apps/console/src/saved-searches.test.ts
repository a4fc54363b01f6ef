import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSavedSearches, savedSearchesMax } from "./saved-searches.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatelog-settings-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("searches outlive a restart, and one of the same name is replaced", async () => {
  const url = `file:${join(folder, "new", "console.db")}`;
  const first = await openSavedSearches(url);
  await first.save({ name: "errors", search: "status=4xx" });
  await first.save({ name: "errors", search: "status=5xx" });
  await first.save({ name: "下单", search: "path=/orders" });
  first.close();
  const second = await openSavedSearches(url);
  expect(await second.list()).toEqual([
    { name: "errors", search: "status=5xx" },
    { name: "下单", search: "path=/orders" },
  ]);
  expect(await second.remove("errors")).toBe(true);
  expect(await second.remove("errors")).toBe(false);
  expect(await second.list()).toHaveLength(1);
  second.close();
});

test("their number is bounded, and a full table can still be changed", async () => {
  const searches = await openSavedSearches(`file:${join(folder, "full.db")}`);
  for (let index = 0; index < savedSearchesMax; index++) await searches.save({ name: `s${index}`, search: "q=1" });
  expect(await searches.save({ name: "one more", search: "q=2" })).toBe(false);
  expect(await searches.save({ name: "s0", search: "q=2" })).toBe(true);
  expect(await searches.list()).toHaveLength(savedSearchesMax);
  searches.close();
});

test("a file that is no database is told in one sentence", async () => {
  const file = join(folder, "text.db");
  await writeFile(file, "this is not a database, and it is long enough to be read as one".repeat(20));
  await expect(openSavedSearches(`file:${file}`)).rejects.toThrow(/^settings\.url: cannot open file:.*text\.db: .*not a database/u);
});
