import { eventArena } from "./arena.ts";
import type { FixedEvent } from "./fix-identity.ts";
import { decodeEvent } from "./stored-event.ts";
import type { Metrics } from "./metrics.ts";

/** Events of one append: what is under way is in memory twice. */
const appendBytesMax = 4 * 1024 * 1024;

/** How an input's items become events. */
export interface ItemHandling<T> {
  readonly fix: (item: T) => FixedEvent;
  readonly bytesOf: (item: T) => number;
  /** Told when all of a delivery's items are events, which are on their way to the disk: nobody reads the items any more. */
  readonly release?: (items: readonly T[]) => void;
}

export interface IntakeOptions<T> extends ItemHandling<T> {
  /** The input's name. */
  readonly input: string;
  /** Resolves when the events are durable. `signal` takes back what no write has taken yet. */
  readonly append: (events: readonly Uint8Array[], signal?: AbortSignal) => Promise<void>;
  readonly lineBytesMax: number;
  readonly metrics: Metrics;
  /** Told of items that had no line of their own. */
  readonly onWithoutLine: (items: number) => void;
}

/** Takes items and resolves when all are durable in the buffer; rejects when they were given up, and some may be durable. */
export type Take<T> = (items: readonly T[], signal?: AbortSignal) => Promise<void>;

/**
 * The way from an input into the buffer: fixes each event's identity, and waits for the disk.
 *
 * **Guarantee**: no item is dropped; one that is no JSON or has no text becomes an event with its bytes as the line.
 */
export function createIntake<T>(options: IntakeOptions<T>): Take<T> {
  const { append, metrics, input, release } = options;
  return async (items, signal) => {
    const { length } = items;
    for (let from = 0; from < length;) {
      const part = fixPart(items, from, options);
      if (part.to === length) release?.(items);
      const memory = eventArena.detach();
      await append(part.events, signal);
      count(part, options);
      // What is durable nobody reads here any more; of a failed append a write may still be under way.
      eventArena.giveBack(memory);
      from = part.to;
    }
    metrics.batchesAcknowledged.inc({ input });
  };
}

interface Part {
  readonly events: readonly Uint8Array[];
  readonly to: number;
  readonly receivedBytes: number;
  readonly withoutLine: number;
  readonly overlong: number;
}

/** As many events as one append takes, at least one. */
function fixPart<T>(items: readonly T[], from: number, { fix, bytesOf, lineBytesMax }: IntakeOptions<T>): Part {
  const events: Uint8Array[] = [];
  let to = from;
  let bytes = 0;
  let receivedBytes = 0;
  let withoutLine = 0;
  let overlong = 0;
  while (to < items.length && bytes < appendBytesMax) {
    const item = items[to++] as T;
    const event = fix(item);
    events.push(event.bytes);
    bytes += event.bytes.length;
    receivedBytes += bytesOf(item);
    if (!event.hasLine) withoutLine++;
    if (event.lineBytes > lineBytesMax && lineBytesOf(event) > lineBytesMax) overlong++;
  }
  return { events, to, receivedBytes, withoutLine, overlong };
}

function lineBytesOf({ bytes, lineBytes }: FixedEvent): number {
  return decodeEvent(bytes)?.line.length ?? lineBytes;
}

function count({ events, receivedBytes, withoutLine, overlong }: Part, { input, metrics, onWithoutLine }: IntakeOptions<never>): void {
  metrics.eventsReceived.inc({ input }, events.length);
  metrics.bytesReceived.inc({ input }, receivedBytes);
  if (withoutLine > 0) onWithoutLine(withoutLine);
  if (overlong > 0) metrics.linesOverlong.inc(overlong);
}
