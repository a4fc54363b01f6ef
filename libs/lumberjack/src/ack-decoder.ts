import { ByteQueue } from "./byte-queue.ts";
import { LumberjackError } from "./errors.ts";
import { frameType, shortFrameBytes, version1, version2 } from "./protocol.ts";

/** Reads what a receiver answers: `version "A" sequence`, and nothing else. Holds fewer than six bytes between chunks. */
export class AckDecoder {
  readonly #queue = new ByteQueue();

  /** The sequences that `chunk` completes. **Errors**: GATELOG_LUMBERJACK_PROTOCOL. */
  push(chunk: Buffer): number[] {
    this.#queue.push(chunk);
    const sequences: number[] = [];
    for (let frame = this.#queue.take(shortFrameBytes); frame !== undefined; frame = this.#queue.take(shortFrameBytes)) {
      if ((frame[0] !== version1 && frame[0] !== version2) || frame[1] !== frameType.ack) {
        throw new LumberjackError("GATELOG_LUMBERJACK_PROTOCOL", "the receiver answered with something that is no ACK");
      }
      sequences.push(frame.readUInt32BE(2));
    }
    return sequences;
  }
}
