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
  #wake: (() => void) | undefined;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    const wake = () => this.#wake?.();
    for (const event of ["readable", "end", "close", "error"]) socket.on(event, wake);
    signal.addEventListener("abort", wake, { once: true });
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
