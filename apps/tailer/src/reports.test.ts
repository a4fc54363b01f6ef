import type { FileTailEvent } from "@gatelog/file-tail";
import type { Logger } from "@gatelog/service-kit";
import { Registry } from "prom-client";
import { afterEach, expect, test, vi } from "vitest";
import { createMetrics } from "./metrics.ts";
import { Reports } from "./reports.ts";

afterEach(() => vi.restoreAllMocks());

interface Line {
  readonly code: string;
  readonly path?: string;
  readonly leftOut?: number;
}

function reportsOf() {
  const lines: Line[] = [];
  const say = (details: Line) => lines.push(details);
  const logger: Pick<Logger, "debug" | "info" | "warn" | "error"> = { debug: () => {}, info: say, warn: say, error: say };
  return { reports: new Reports(logger as Logger, createMetrics(new Registry())), lines };
}

const paths = (count: number) => Array.from({ length: count }, (_, index) => `/logs/${index}.log`);
const overlong = (path: string): FileTailEvent => ({ type: "lineOverlong", path, offset: 0, lineBytes: 9, isSkipped: true });

test("each file that is lost is named in a line of its own", () => {
  const { reports, lines } = reportsOf();
  for (const path of paths(500)) reports.file({ type: "fileLost", path, unreadBytes: 10 });
  expect(lines.map(({ path }) => path)).toEqual(paths(500));
});

test("what happens in several files is told of each, and of the same file once in a while", () => {
  const { reports, lines } = reportsOf();
  for (let round = 0; round < 3; round += 1) for (const path of paths(5)) reports.file(overlong(path));
  expect(lines.map(({ path }) => path)).toEqual(paths(5));
});

test("where one thing happens in very many files a few are named, and the number of the others is in the next line", () => {
  const { reports, lines } = reportsOf();
  for (const path of paths(100)) reports.file(overlong(path));
  expect(lines).toHaveLength(20);
  // Another code is told all the same.
  reports.file({ type: "fileReplaced", path: "/logs/1.log" });
  expect(lines).toHaveLength(21);
  const nextMs = performance.now() + 60_000;
  vi.spyOn(performance, "now").mockReturnValue(nextMs);
  reports.file(overlong("/logs/1.log"));
  expect(lines.at(-1)).toMatchObject({ path: "/logs/1.log", leftOut: 80 });
  reports.file(overlong("/logs/2.log"));
  expect(lines.at(-1)).not.toHaveProperty("leftOut");
});
