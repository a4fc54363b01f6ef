import { stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach } from "vitest";
import { createFixture, type Fixture } from "../fixture.test-helper.ts";
import { inspectRegistry } from "../registry-inspect.ts";
import type { TailInput } from "../types.ts";

export const hourMs = 3_600_000;

/** What a scenario plays with: a fixture, and a log file in it that is not there yet. */
export interface Scenario {
  readonly fixture: Fixture;
  /** `app.log`. */
  readonly log: string;
  /** A path beside the log. */
  at(name: string): string;
  /** The only input: `*.log` unless the options say otherwise. */
  input(options?: Partial<TailInput>): { readonly inputs: readonly TailInput[] };
  /** Waits until a complete look at everything was begun and ended after now. */
  looked(): Promise<void>;
  /** Waits until all files are closed. */
  closed(): Promise<unknown>;
  /** Reads to the end of what is there: after it nothing is left that could still come. */
  everythingRead(): Promise<void>;
  /** Offsets on disk by path, as soon as they are those. */
  offsetsBecome(expected: Record<string, number>): Promise<void>;
}

/** Gives each test of the file its own scenario. */
export function useScenario(): Scenario {
  let fixture: Fixture | undefined;
  const current = (): Fixture => {
    if (fixture === undefined) throw new Error("a scenario is there while a test runs");
    return fixture;
  };
  beforeEach(async () => {
    fixture = await createFixture();
  });
  afterEach(() => current().remove());
  return {
    get fixture() {
      return current();
    },
    get log() {
      return join(current().logs, "app.log");
    },
    at: (name) => join(current().logs, name),
    input: (options = {}) => ({ inputs: [{ id: "test", paths: [join(current().logs, "*.log")], ...options }] }),
    async looked() {
      const { scans } = current().tail().status();
      await waitFor(() => current().tail().status().scans >= scans + 2, { what: "everything is looked at", intervalMs: 5 });
    },
    closed: () => waitFor(() => current().tail().status().openFiles === 0, { what: "all files are closed", intervalMs: 5 }),
    async everythingRead() {
      await waitFor(() => current().tail().status().pendingCopies === 0, { what: "no copy waits" });
      await current().tail().readToEnd();
    },
    async offsetsBecome(expected) {
      const matches = async () => isSame(await offsetsOf(current()), expected);
      try {
        await waitFor(matches, { what: `the registry says ${JSON.stringify(expected)}`, intervalMs: 10, deadlineMs: 10_000 });
      } catch (error) {
        throw new Error(`the registry says ${JSON.stringify(await offsetsOf(current()))}`, { cause: error });
      }
    },
  };
}

async function offsetsOf({ registryDir }: Fixture): Promise<Record<string, number>> {
  const { entries } = await inspectRegistry(registryDir);
  const living = entries.filter(({ missingSince, endedSince }) => missingSince === undefined && endedSince === undefined);
  return Object.fromEntries(living.map(({ path, offset }) => [path, offset]));
}

function isSame(one: Record<string, number>, other: Record<string, number>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** Inodes in the registry by path, and those that are on disk there. */
export async function inodesOf({ registryDir }: Fixture): Promise<{ registered: Record<string, string>; present: Record<string, string> }> {
  const registered: Record<string, string> = {};
  const present: Record<string, string> = {};
  for (const { path, inode, missingSince } of (await inspectRegistry(registryDir)).entries) {
    if (missingSince !== undefined) continue;
    registered[path] = inode;
    present[path] = String((await stat(path, { bigint: true })).ino);
  }
  return { registered, present };
}

/** As if the file were last written to so long ago. */
export async function age(path: string, ms: number): Promise<void> {
  const at = (Date.now() - ms) / 1000;
  await utimes(path, at, at);
}

export function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index} of the log\n`).join("");
}

export function numbered(from: number, to: number): string[] {
  return lines(from, to).trimEnd().split("\n");
}

/** In the order of the lines' numbers: files are read in turns. */
export function byNumber(texts: readonly string[]): string[] {
  return texts.toSorted((one, other) => Number(one.split(" ")[1]) - Number(other.split(" ")[1]));
}
