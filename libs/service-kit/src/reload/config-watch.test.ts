import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { Type } from "typebox";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../load-config.ts";
import { ConfigWatch } from "./config-watch.ts";

const schema = Type.Object({ size: Type.Integer() });
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let watch: ConfigWatch<{ size: number }> | undefined;
let seen: (number | string)[];
let file: string;

beforeEach(async () => {
  directory = await temporaryDirectory("gatelog-config-watch-");
  file = join(directory.path, "x.yaml");
  seen = [];
  write("size: 1\n");
});
afterEach(async () => {
  watch?.stop();
  await directory.remove();
});

/** Replaces the file at once, as a deployment does. */
function write(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function start(intervalMs: number | undefined): ConfigWatch<{ size: number }> {
  const load = () => loadConfig({ app: "x", schema, file, env: {} });
  watch = new ConfigWatch({
    source: { files: load().files, load },
    intervalMs,
    onLoaded: ({ config }) => {
      if (config.size === 13) throw new Error("not thirteen");
      seen.push(config.size);
    },
    onRefused: (error) => seen.push(error instanceof Error ? error.message : "?"),
  });
  watch.start();
  return watch;
}

test("a changed file is loaded once; a broken one is refused once, whoever refuses it, and the next good one is taken", async () => {
  start(20);
  write("size: 2\n");
  await waitFor(() => seen.length === 1);
  write("size: two\n");
  await waitFor(() => seen.length === 2);
  write("size: 13\n");
  await waitFor(() => seen.length === 3);
  rmSync(file);
  await waitFor(() => seen.length === 4);
  write("size: 3\n");
  await waitFor(() => seen.length === 5);
  expect(seen).toEqual([2, `${file}:1:1: size: expected an integer, found "two"`, "not thirteen", expect.stringContaining(file), 3]);
});

test("a file that is still being written is left until two looks saw the same of it", async () => {
  start(30);
  const until = performance.now() + 300;
  let written = 0;
  // Each look sees another file than the one before.
  await waitFor(() => (write(`size: ${++written}\n`), performance.now() > until), { intervalMs: 5 });
  expect(seen.length).toBeLessThan(3);
  await waitFor(() => seen.at(-1) === written);
});

test("where it does not look, it loads when it is told to", () => {
  const told = start(undefined);
  write("size: 5\n");
  told.loadAgain();
  expect(seen).toEqual([5]);
});
