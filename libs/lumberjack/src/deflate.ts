import { constants, createDeflate } from "node:zlib";

const chunkBytesMin = 64 * 1024;
const chunkBytesMax = 1024 * 1024;

/**
 * One zlib stream of `bytes`, made on the thread pool, in as few pieces as it comes: every piece costs a hop to a thread
 * and back, and joining them would copy all of them.
 *
 * **Units**: level 1 … 9.
 */
export function deflatePieces(bytes: Uint8Array, level: number): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    // Log lines shrink to less than a quarter: one chunk holds them. `flush` ends the stream in the same hop.
    const chunkSize = Math.min(chunkBytesMax, Math.max(chunkBytesMin, Math.ceil(bytes.length / 4)));
    const deflate = createDeflate({ level, chunkSize, flush: constants.Z_FINISH });
    const pieces: Buffer[] = [];
    deflate.on("data", (piece: Buffer) => pieces.push(piece));
    deflate.on("error", reject);
    deflate.write(bytes, () => {
      deflate.destroy();
      resolve(pieces);
    });
  });
}
