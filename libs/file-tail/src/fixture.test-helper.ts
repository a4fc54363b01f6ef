import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { createFileTail, type FileTail, type FileTailOptions } from "./file-tail.ts";
import type { FileTailEvent, TailLine } from "./types.ts";

/** A line as it was delivered. */
export interface Delivered {
  readonly text: string;
  /** Generation and offset: what an id is made of. */
  readonly place: string;
  readonly path: string;
  readonly truncated: boolean;
}

/** A tail on directories of its own, and what it delivered over all its starts. */
export interface Fixture {
  readonly logs: string;
  readonly registryDir: string;
  readonly delivered: Delivered[];
  readonly events: FileTailEvent[];
  readonly tail: () => FileTail;
  /** Starts a tail, as a process that begins: on what the registry says. */
  start(options?: Partial<FileTailOptions>): Promise<void>;
  stop(): Promise<void>;
  texts(): string[];
  /** Waits until all directories were looked at once more. */
  looksAround(): Promise<void>;
  /** Waits until so many lines were delivered, over all starts. */
  arrived(count: number): Promise<unknown>;
  event<T extends FileTailEvent["type"]>(type: T): Promise<Extract<FileTailEvent, { type: T }>>;
  /** Set to hold deliveries back, or to fail them. */
  onDeliver: (lines: readonly TailLine[]) => Promise<void>;
  remove(): Promise<void>;
}

/** Times that let a test end soon. */
export const fastLimits = {
  scanIntervalMs: 100,
  pollIntervalMsMin: 20,
  pollIntervalMsMax: 50,
  closeRemovedMs: 60,
  copyWaitMs: 500,
  registryFlushMs: 20,
};

export async function createFixture(): Promise<Fixture> {
  const directory = await temporaryDirectory("gatelog-file-tail-");
  const logs = join(directory.path, "logs");
  const registryDir = join(directory.path, "registry");
  await mkdir(logs);
  const delivered: Delivered[] = [];
  const events: FileTailEvent[] = [];
  let tail: FileTail | undefined;
  const fixture: Fixture = {
    logs,
    registryDir,
    delivered,
    events,
    tail: () => {
      if (tail === undefined) throw new Error("no tail was started");
      return tail;
    },
    async start(options = {}) {
      tail = createFileTail({
        inputs: [{ id: "test", paths: [join(logs, "*.log")] }],
        registryDir,
        onEvent: (event) => events.push(event),
        ...options,
        limits: { ...fastLimits, ...options.limits },
      });
      await tail.start(async (batch) => {
        const lines = batch.toLines();
        await fixture.onDeliver(lines);
        delivered.push(...lines.map(toDelivered));
      });
    },
    async stop() {
      await tail?.stop();
    },
    texts: () => delivered.map(({ text }) => text),
    async looksAround() {
      const { scans } = fixture.tail().status();
      // The one that is under way may have passed what is there now.
      await waitFor(() => fixture.tail().status().scans >= scans + 2, { what: "two scans" });
    },
    arrived: (count) => waitFor(() => delivered.length >= count, { what: `${count} lines`, intervalMs: 5, deadlineMs: 10_000 }),
    event: (type) =>
      waitFor(() => events.find((event): event is Extract<FileTailEvent, { type: typeof type }> => event.type === type), {
        what: `the event ${type}`,
        deadlineMs: 10_000,
      }) as never,
    onDeliver: () => Promise.resolve(),
    async remove() {
      await tail?.stop();
      await directory.remove();
    },
  };
  return fixture;
}

function toDelivered(line: TailLine): Delivered {
  const { file, offset, truncated } = line;
  return {
    text: Buffer.from(line.bytes).toString(),
    place: `${Buffer.from(file.generation).toString("hex")}@${offset}`,
    path: file.path,
    truncated,
  };
}

/** A promise that the test resolves. */
export function gateOf(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}
