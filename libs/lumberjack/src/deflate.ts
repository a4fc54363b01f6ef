import { constants, createDeflate, type Deflate } from "node:zlib";

const chunkBytesMin = 64 * 1024;
const chunkBytesMax = 256 * 1024;
/** Compressors that wait for their next use; as many windows as are compressed at the same time in one process. */
const idleMax = 4;

/** A compressor that makes one zlib stream after the other: its memory, a quarter of a megabyte, is taken once. */
interface Compressor {
  readonly level: number;
  readonly chunkBytes: number;
  readonly deflate: Deflate;
}

const idle: Compressor[] = [];

/**
 * One zlib stream of `bytes`, made on the thread pool, in as few pieces as it comes: every piece costs a hop to a thread
 * and back, and joining them would copy all of them.
 *
 * **Units**: level 1 … 9.
 */
export function deflatePieces(bytes: Uint8Array, level: number): Promise<Buffer[]> {
  // Log lines shrink to less than an eighth: one chunk holds them. `flush` ends the stream in the same hop.
  const chunkBytes = Math.min(chunkBytesMax, Math.max(chunkBytesMin, 2 ** Math.ceil(Math.log2(bytes.length / 8))));
  const compressor = takeCompressor(level, chunkBytes);
  const { deflate } = compressor;
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const onData = (piece: Buffer) => pieces.push(piece);
    const onError = (error: Error) => {
      deflate.destroy();
      reject(error);
    };
    deflate.on("data", onData);
    deflate.once("error", onError);
    deflate.write(bytes, () => {
      deflate.off("data", onData);
      deflate.off("error", onError);
      giveBack(compressor);
      resolve(pieces);
    });
  });
}

function takeCompressor(level: number, chunkBytes: number): Compressor {
  const index = idle.findIndex((other) => other.level === level && other.chunkBytes === chunkBytes);
  const [found] = index === -1 ? [] : idle.splice(index, 1);
  return found ?? { level, chunkBytes, deflate: createDeflate({ level, chunkSize: chunkBytes, flush: constants.Z_FINISH }) };
}

function giveBack(compressor: Compressor): void {
  compressor.deflate.reset();
  idle.push(compressor);
  if (idle.length > idleMax) idle.shift()?.deflate.destroy();
}
