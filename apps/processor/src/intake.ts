import type { Deliver } from "@gatelog/pipeline";
import { parseEnvelope } from "./envelope.ts";
import { fixEvent } from "./fix-identity.ts";
import type { Metrics } from "./metrics.ts";

export interface IntakeOptions {
  /** Resolves when the events are durable. */
  readonly append: (events: readonly Uint8Array[]) => Promise<void>;
  readonly seedTimeZone: string;
  readonly lineBytesMax: number;
  readonly metrics: Metrics;
  /** Told of frames that had no line of their own. */
  readonly onWithoutLine: (frames: number) => void;
}

/**
 * Takes a batch of Beats frames: fixes each event's identity, and resolves when all are durable in the buffer.
 *
 * **Guarantee**: no frame is dropped; one that is no JSON or has no text becomes an event with the frame's bytes as its line.
 */
export function createIntake({ append, seedTimeZone, lineBytesMax, metrics, onWithoutLine }: IntakeOptions): Deliver<Uint8Array> {
  return async (frames) => {
    const events: Uint8Array[] = [];
    let bytes = 0;
    let withoutLine = 0;
    let overlong = 0;
    for (const frame of frames) {
      const event = fixEvent(frame, parseEnvelope(frame), seedTimeZone);
      events.push(event.bytes);
      bytes += frame.length;
      if (!event.hasLine) withoutLine++;
      if (event.lineBytes > lineBytesMax) overlong++;
    }
    await append(events);
    metrics.eventsReceived.inc(events.length);
    metrics.bytesReceived.inc(bytes);
    metrics.batchesAcknowledged.inc();
    if (withoutLine > 0) onWithoutLine(withoutLine);
    if (overlong > 0) metrics.linesOverlong.inc(overlong);
  };
}
