import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { BodyTap } from "./body-tap.ts";

/** What a request's body needs to flow. */
export interface RequestBodyOptions {
  readonly source: IncomingMessage;
  readonly tap: BodyTap;
  /** Undefined: no limit. */
  readonly bytesMax: number | undefined;
  /** Called before the first byte is asked for: the moment for `100 Continue`. */
  readonly onFirstRead: () => void;
  readonly onTooLarge: () => void;
}

/**
 * A request's body on its way to the upstream, tapped. It pauses the client while the upstream does not take more.
 *
 * **Guarantee**: destroying it leaves the request alone. A client that sends its body to the gateway's own response
 * would be cut off otherwise, for destroying an unfinished IncomingMessage closes the connection.
 */
export class RequestBody extends Readable {
  readonly #options: RequestBodyOptions;
  #isFlowing = false;
  #isDetached = false;

  constructor(options: RequestBodyOptions) {
    super({ highWaterMark: 16_384 });
    this.#options = options;
  }

  override _read(): void {
    const { source } = this.#options;
    if (this.#isDetached) return;
    if (this.#isFlowing) {
      source.resume();
      return;
    }
    this.#isFlowing = true;
    this.#options.onFirstRead();
    source.on("data", this.#onData);
    source.on("end", this.#onEnd);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#detach();
    callback(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    const { source, tap, bytesMax, onTooLarge } = this.#options;
    tap.add(chunk);
    if (bytesMax !== undefined && tap.bytes > bytesMax) {
      this.#detach();
      onTooLarge();
      return;
    }
    if (!this.push(chunk)) source.pause();
  };

  readonly #onEnd = (): void => {
    this.#detach();
    this.push(null);
  };

  #detach(): void {
    this.#isDetached = true;
    this.#options.source.off("data", this.#onData);
    this.#options.source.off("end", this.#onEnd);
  }
}

/** How much of a body that nobody wants is still taken, so that the client gets to read its answer. */
export const drainedBytesMax = 16_777_216;
export const drainedMsMax = 5000;

/**
 * Takes what is left of a request's body after its answer was decided, within bounds; a client that goes on sending beyond
 * them is disconnected. Without it, a kept-alive connection would stay stuck in the middle of the body.
 */
export function drain(request: IncomingMessage, tap: BodyTap): void {
  if (request.complete) {
    request.resume();
    return;
  }
  let bytes = 0;
  const { socket } = request;
  // Not in order: that could look like the end of an answer.
  const timer = setTimeout(() => socket.resetAndDestroy(), drainedMsMax);
  timer.unref();
  const onData = (chunk: Buffer) => {
    tap.add(chunk);
    bytes += chunk.length;
    // The time-out ends what is still sending then; until it, the client can read its answer.
    if (bytes > drainedBytesMax) request.pause();
  };
  const done = () => {
    clearTimeout(timer);
    request.off("data", onData);
    socket.off("close", done);
  };
  request.once("end", done);
  socket.once("close", done);
  request.on("data", onData);
  request.resume();
}
