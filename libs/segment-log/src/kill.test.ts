import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory, waitFor, type SeededRandom } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SegmentLogEvent } from "./events.ts";
import { inspect } from "./inspect.ts";
import { openCursor } from "./open-cursor.ts";
import { openSegmentLog } from "./open-segment-log.ts";
import { replayable } from "./test/replayable.ts";
import { systemClock } from "@gatelog/pipeline";

const killsEach = 15;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  await directory.remove();
});

/** What a child process says. */
interface Message {
  readonly open?: number;
  readonly tried?: number;
  readonly acknowledged?: string[];
  readonly handedOn?: number;
  readonly committed?: number;
  readonly event?: SegmentLogEvent;
}

/** What all lives together said. */
interface Said {
  readonly acknowledged: string[];
  readonly events: SegmentLogEvent[];
  committed: number;
}

/** One life of a program, from its start to its end. */
class Life {
  readonly #child: ChildProcess;
  /** Work begun and not confirmed. */
  unconfirmed = 0;
  opened = false;
  confirmations = 0;

  constructor(program: string, args: readonly string[], said: Said) {
    this.#child = fork(join(import.meta.dirname, "test", program), args, {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    running.add(this.#child);
    this.#child.once("exit", () => running.delete(this.#child));
    this.#child.on("message", (message) => this.#hear(message as Message, said));
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
  }

  /** Asks it to end, and gives its exit code. */
  async stop(): Promise<unknown> {
    const closed = once(this.#child, "close");
    this.#child.send("stop");
    const [code] = await closed;
    return code;
  }

  #hear(message: Message, said: Said): void {
    if (message.open !== undefined) this.opened = true;
    if (message.event !== undefined) said.events.push(message.event);
    this.unconfirmed += (message.tried ?? 0) + (message.handedOn ?? 0);
    if (message.acknowledged !== undefined) {
      said.acknowledged.push(...message.acknowledged);
      this.unconfirmed -= message.acknowledged.length;
      this.confirmations += 1;
    }
    if (message.committed !== undefined) {
      said.committed = Math.max(said.committed, message.committed);
      this.unconfirmed = 0;
      this.confirmations += 1;
    }
  }
}

/** Lets a life work for a random while, and kills it. True when that hit work which was not confirmed. */
async function killAtRandom(life: Life, random: SeededRandom): Promise<boolean> {
  await waitFor(() => life.opened && life.confirmations > 0, { deadlineMs: 30_000, what: "the first confirmation of a program" });
  await systemClock.sleep(random.integer(0, 60));
  await life.kill();
  return life.unconfirmed > 0;
}

describe("SIGKILL to the writer and to the reader, at random", () => {
  it("loses no acknowledged record, invents none and takes no commit back", { timeout: 180_000 }, async () => {
    await replayable(async (random) => {
      const dir = join(directory.path, "log");
      const output = join(directory.path, "handed-on");
      writeFileSync(output, "");
      const said: Said = { acknowledged: [], events: [], committed: 0 };
      let lives = 0;
      const writer = () => new Life("kill-writer.ts", [dir, `life${(lives += 1)}`], said);
      const reader = () => new Life("kill-reader.ts", [dir, output], said);

      const hits = { writer: 0, reader: 0 };
      const killAll = async (start: () => Life, which: keyof typeof hits) => {
        for (let kills = 0; kills < killsEach; kills += 1) hits[which] += (await killAtRandom(start(), random)) ? 1 : 0;
      };
      // The reader's kills need a writer that lives, and the other way round: both loops end with a life that is let go on.
      const [lastWriter, lastReader] = await Promise.all([killAll(writer, "writer").then(writer), killAll(reader, "reader").then(reader)]);
      await waitFor(() => lastWriter.opened && lastReader.opened, { deadlineMs: 30_000 });
      expect(await lastWriter.stop()).toBe(0);
      expect(await lastReader.stop()).toBe(0);

      const lines = readFileSync(output, "utf8").trimEnd().split("\n");
      const byOffset = new Map<number, string>();
      for (const line of lines) {
        const [offset = "", id = ""] = line.split(" ");
        expect(byOffset.get(Number(offset)) ?? id, `offset ${offset}`).toBe(id);
        byOffset.set(Number(offset), id);
      }
      const handedOn = [...byOffset.values()];
      const missing = said.acknowledged.filter((id) => !new Set(handedOn).has(id));
      expect(missing.slice(0, 5)).toEqual([]);
      expect(new Set(handedOn).size).toBe(handedOn.length);
      expect(handedOn.every((id) => /^life\d+:\d:\d+:\d$/.test(id))).toBe(true);
      expect(said.acknowledged.length).toBeGreaterThan(100);
      expect([...byOffset.keys()].every((offset) => offset < byOffset.size)).toBe(true);
      // The last life's cursor stands at the end, and nothing that was committed was taken back.
      const report = await inspect({ dir });
      expect(report.cursors).toEqual([{ name: "a", committed: byOffset.size, lag: 0 }]);
      expect(report.corrupt).toBe(0);
      expect(said.committed).toBe(byOffset.size);
      const bad = said.events.filter((event) => !["tail-cut", "full", "space"].includes(event.type));
      expect(bad).toEqual([]);
      // A run that never killed a program at work would prove nothing.
      expect(hits.writer).toBeGreaterThanOrEqual(5);
      expect(hits.reader).toBeGreaterThanOrEqual(5);
    });
  });

  it("frees the locks at once", { timeout: 60_000 }, async () => {
    const dir = join(directory.path, "log");
    const said: Said = { acknowledged: [], events: [], committed: 0 };
    const writer = new Life("kill-writer.ts", [dir, "only"], said);
    const reader = new Life("kill-reader.ts", [dir, join(directory.path, "out")], said);
    await waitFor(() => writer.opened && reader.opened, { deadlineMs: 30_000 });
    await expect(openSegmentLog({ dir, cursors: ["a"] })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_LOCKED" });
    await expect(openCursor({ dir, name: "a" })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_LOCKED" });
    await Promise.all([writer.kill(), reader.kill()]);
    await (await openSegmentLog({ dir, cursors: ["a"] })).close();
    await (await openCursor({ dir, name: "a" })).close();
  });
});
