import { LumberjackError } from "./errors.ts";
import { FrameDecoder } from "./frame-decoder.ts";
import { chunked, type FuzzRandom, type FuzzReport, mutated, validStream } from "./fuzz-streams.ts";
import { inflatePieces } from "./inflate.ts";
import type { DecoderLimits } from "./protocol.ts";

/** Small, so that a run meets them, and large enough for every valid stream. */
export const fuzzLimits: DecoderLimits = {
  windowEventsMax: 100,
  jsonBytesMax: 4096,
  compressedBytesMax: 65_536,
  inflatedBytesMax: 65_536,
  pairsMax: 8,
};

/**
 * Feeds valid and damaged streams, cut at random, to a decoder.
 *
 * **Errors**: an Error that names the seed and the round, when a valid stream is not read as it is, when anything but a
 * LumberjackError is thrown, or when more is held than the limits allow.
 */
export async function fuzzDecoder(random: FuzzRandom, rounds: number): Promise<FuzzReport> {
  const report = { streams: 0, refused: 0, events: 0 };
  let key = 0;
  for (let round = 0; round < rounds; round += 1) {
    const stream = validStream(random, () => `k${(key += 1)}`);
    const isValid = random.next() < 0.3;
    const chunks = chunked(random, isValid ? stream.bytes : mutated(random, stream.bytes), [1, 3, 20, 1000, 100_000]);
    const decoded = await decodeAll(chunks);
    const where = `seed ${random.seed}, round ${round}: `;
    if (decoded.problem !== undefined) throw new Error(`${where}${decoded.problem}`, { cause: decoded.error });
    if (isValid && decoded.events.join("\n") !== stream.events.join("\n"))
      throw new Error(`${where}a valid stream was read as something else`);
    report.streams += 1;
    report.refused += decoded.error === undefined ? 0 : 1;
    report.events += decoded.events.length;
  }
  return report;
}

interface Decoded {
  readonly events: readonly string[];
  readonly error?: unknown;
  readonly problem?: string;
}

async function decodeAll(chunks: readonly Buffer[]): Promise<Decoded> {
  const events: string[] = [];
  const decoder = new FrameDecoder(fuzzLimits);
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      await readFrames(decoder, events);
      // An incomplete frame and its head, and of a version 1 event the text that was read of it.
      const heldMax = Math.max(fuzzLimits.compressedBytesMax, fuzzLimits.jsonBytesMax * 2) + 16;
      if (decoder.bufferedBytes > heldMax) return { events, problem: `${decoder.bufferedBytes} bytes are held` };
    }
    return { events };
  } catch (error) {
    return error instanceof LumberjackError ? { events, error } : { events, error, problem: "an error of no kind that is known" };
  }
}

async function readFrames(decoder: FrameDecoder, events: string[]): Promise<void> {
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
    if (frame.kind === "event") events.push(frame.json.toString());
    if (frame.kind !== "compressed") continue;
    const nested = new FrameDecoder(fuzzLimits, { nested: true });
    for await (const piece of inflatePieces(frame.payload, fuzzLimits.inflatedBytesMax)) {
      nested.push(piece);
      await readFrames(nested, events);
    }
  }
}
