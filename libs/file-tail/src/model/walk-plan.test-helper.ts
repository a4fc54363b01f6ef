import type { SeededRandom } from "@gatelog/testkit";
import type { FileTailLimits } from "../limits.ts";
import type { Encoding, LineOptions } from "../types.ts";

/** Where the files of a walk lie, and which of them the tail is to read. Paths are relative to the walk's directory of logs. */
export interface Layout {
  readonly name: string;
  /** Globs of the tail's input. */
  readonly globs: readonly string[];
  /** The same, said in another way: the model does not trust the tail's globs. */
  readonly pattern: RegExp;
  /** Files that are written to. */
  readonly actives: readonly string[];
  /** The name that a file gets when it is rotated for the `n`th time. */
  readonly rotated: (active: string, n: number) => string;
  /** Whether `.1` becomes `.2` and so on, and the last one is deleted. */
  readonly shifts: boolean;
  /** Whether the active names are symbolic links to files that no glob matches. */
  readonly isLinked: boolean;
}

/** What is fixed for a whole walk; all of it follows from the seed. */
export interface WalkPlan {
  readonly layout: Layout;
  readonly limits: Partial<FileTailLimits>;
  readonly lines: LineOptions;
  readonly encoding: Encoding;
  /** Lines that are one event. */
  readonly linesOfEvent: number;
  readonly hints: boolean;
  readonly symlinks: boolean;
  readonly closeEof: boolean;
  readonly closeRenamed: boolean;
  /** Whether all files begin with the same bytes, more of them than are compared. */
  readonly hasBanner: boolean;
  /** Characters behind a line's number. */
  readonly fillerMax: number;
  readonly steps: number;
}

const dated: Layout = {
  name: "dated",
  globs: ["*.log"],
  pattern: /^[^/]*\.log$/,
  actives: ["app.log", "web.log"],
  rotated: (active, n) => active.replace(".log", `-${n}.log`),
  shifts: false,
  isLinked: false,
};

const numbered: Layout = {
  ...dated,
  name: "numbered",
  globs: ["app.log*"],
  pattern: /^app\.log[^/]*$/,
  actives: ["app.log"],
  rotated: (active) => `${active}.1`,
  shifts: true,
};

const unmatched: Layout = {
  ...dated,
  name: "unmatched",
  globs: ["app.log", "web.log"],
  pattern: /^(?:app|web)\.log$/,
  rotated: (active, n) => `${active}.${n}`,
};

const moved: Layout = {
  ...dated,
  name: "moved",
  globs: ["**/*.log"],
  pattern: /\.log$/,
  rotated: (active, n) => `old/${active.replace(".log", `-${n}.log`)}`,
};

const linked: Layout = {
  ...dated,
  name: "linked",
  globs: ["*.log"],
  actives: ["app.log"],
  isLinked: true,
};

const layouts = [dated, dated, numbered, unmatched, moved, linked];

/** Draws what a walk is like. */
export function planWalk(random: SeededRandom): WalkPlan {
  const layout = random.pick(layouts);
  const isUtf16 = random.next() < 0.12;
  const linesOfEvent = random.next() < 0.1 ? random.integer(2, 4) : 1;
  const isShort = !isUtf16 && linesOfEvent === 1 && random.next() < 0.12;
  return {
    layout,
    limits: limitsOf(random, isShort),
    lines: {
      encoding: isUtf16 ? "utf-16le" : "utf-8",
      ...(isShort ? { overlong: "cut" } : {}),
      ...(linesOfEvent === 1 ? {} : { parsers: [{ multiline: { type: "count", count: linesOfEvent, flushMs: 30 } }] }),
    },
    encoding: isUtf16 ? "utf-16le" : "utf-8",
    linesOfEvent,
    hints: random.next() < 0.7,
    symlinks: layout.isLinked || random.next() < 0.2,
    closeEof: random.next() < 0.1,
    closeRenamed: random.next() < 0.1,
    hasBanner: random.next() < 0.2,
    fillerMax: random.pick([4, 40, 40, 200]),
    steps: random.integer(12, 36),
  };
}

/** Times that let a walk end soon, and bounds that are reached often. */
function limitsOf(random: SeededRandom, isShort: boolean): Partial<FileTailLimits> {
  return {
    scanIntervalMs: random.pick([10, 20, 60]),
    pollIntervalMsMin: random.pick([3, 10]),
    pollIntervalMsMax: random.pick([10, 40]),
    closeRemovedMs: random.pick([20, 60]),
    closeInactiveMs: random.pick([25, 300_000, 300_000]),
    copyWaitMs: 1500,
    registryFlushMs: random.pick([1, 20, 200]),
    readBytesMax: random.pick([64, 256, 4096, 262_144]),
    batchLinesMax: random.pick([1, 7, 16, 2048]),
    batchBytesMax: random.pick([200, 4096, 2_097_152]),
    openFilesMax: random.pick([2, 3, 256, 256]),
    deliveriesMax: random.integer(1, 3),
    lineBytesMax: isShort ? random.pick([64, 300]) : 1_048_576,
  };
}
