import { constants, createInflate } from "node:zlib";
import { LumberjackError } from "./errors.ts";

const pieceBytesMin = 16 * 1024;
const pieceBytesMax = 256 * 1024;

/**
 * Inflates one zlib stream piece by piece, off the main thread, so that a bomb never exists in memory as a whole.
 *
 * **Errors**: GATELOG_LUMBERJACK_INFLATE (damaged, cut short, or followed by other bytes), GATELOG_LUMBERJACK_LIMIT
 * (more than `bytesMax`).
 */
export async function* inflatePieces(payload: Buffer, bytesMax: number): AsyncGenerator<Buffer, void, undefined> {
  const chunkSize = Math.min(pieceBytesMax, Math.max(pieceBytesMin, payload.length * 4));
  const inflate = createInflate({ chunkSize, finishFlush: constants.Z_FINISH });
  let bytes = 0;
  try {
    inflate.end(payload);
    for await (const piece of inflate) {
      bytes += (piece as Buffer).length;
      if (bytes > bytesMax)
        throw new LumberjackError("GATELOG_LUMBERJACK_LIMIT", `a compressed frame inflates to more than ${bytesMax} bytes`);
      yield piece as Buffer;
    }
    if (inflate.bytesWritten !== payload.length) {
      throw new LumberjackError("GATELOG_LUMBERJACK_INFLATE", "a compressed frame holds bytes after the end of its zlib stream");
    }
  } catch (error) {
    throw error instanceof LumberjackError ? error : new LumberjackError("GATELOG_LUMBERJACK_INFLATE", messageOf(error), error);
  } finally {
    inflate.destroy();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
