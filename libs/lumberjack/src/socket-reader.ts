import type { Socket } from "node:net";

/**
 * Pulls chunks from a socket one at a time, so that whoever does not pull holds the peer back (TCP flow control).
 *
 * **Guarantee**: `next` resolves null at the end of the stream, when the socket failed or closed, and when `signal`
 * aborts; it never rejects.
 */
export class SocketReader {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #onReadable = (): void => this.#wake?.();
  #wake: (() => void) | undefined;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    for (const event of ["readable", "end", "close", "error"]) socket.on(event, this.#onReadable);
    signal.addEventListener("abort", this.#onReadable, { once: true });
  }

  /** Reads no more; without it `socket.resume` could not drain what still comes. */
  release(): void {
    this.#socket.off("readable", this.#onReadable);
  }

  async next(): Promise<Buffer | null> {
    for (;;) {
      if (this.#signal.aborted || this.#socket.destroyed) return null;
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (this.#socket.readableEnded) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
