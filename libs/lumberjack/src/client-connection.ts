import type { Socket } from "node:net";
import { AckDecoder } from "./ack-decoder.ts";
import { type EncodedWindow, packWindow } from "./encoder.ts";
import { transientError } from "./errors.ts";
import { describeTlsError } from "./tls.ts";

export interface ClientConnectionOptions {
  readonly timeoutMs: number;
  readonly compressionLevel: number;
  /** Called when a window was acknowledged: there is room for another. */
  readonly onRoom: () => void;
  /** Called once when the connection is gone; without an error where it ended while nothing was pending. */
  readonly onClose: (error: Error | undefined) => void;
}

interface PendingWindow {
  readonly count: number;
  /** Settles when the thread pool no longer reads the frames. */
  readonly packed: Promise<Buffer[]>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  isWritten: boolean;
  /** All bytes went to the system: nobody reads the frames any more. */
  isFlushed: boolean;
  isAcknowledged: boolean;
}

/**
 * One connection to a receiver. Windows are written in the order in which they were given, and acknowledged in it.
 *
 * **Guarantee**: a window resolves only on an ACK of its last sequence; when the connection fails, every window that is
 * not acknowledged is rejected. When a window settles, nothing reads its frames any more.
 */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #options: ClientConnectionOptions;
  readonly #acks = new AckDecoder();
  #windows: PendingWindow[] = [];
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #hasAnswered = false;
  #isRetiring = false;
  readonly #closing = new AbortController();

  /** Takes over a connected socket. */
  constructor(socket: Socket, options: ClientConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("timeout", () => this.#onSilence());
    // A receiver that closed its half can acknowledge nothing more.
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#onClose());
  }

  /** Aborts when the connection is gone. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  get pendingWindows(): number {
    return this.#windows.length;
  }

  /** Whether the receiver ever said something that is Lumberjack. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Writes one window; resolves when it is acknowledged as a whole. */
  send(window: EncodedWindow): Promise<void> {
    if (this.closed.aborted || !this.#socket.writable) return Promise.reject(this.#failure ?? disconnectedError());
    // The socket's own timer counts from the last byte that moved in either direction; it matters while something is pending.
    if (this.#windows.length === 0) this.#socket.setTimeout(this.#options.timeoutMs);
    const packed = packWindow(window, this.#options.compressionLevel);
    return new Promise((resolve, reject) => {
      const pending = { count: window.count, packed, resolve, reject, isWritten: false, isFlushed: false, isAcknowledged: false };
      this.#windows.push(pending);
      this.#writing = this.#writeInTurn(pending, this.#writing);
    });
  }

  /** Closes as soon as its windows are acknowledged; it is given no more. */
  retire(): void {
    this.#isRetiring = true;
    if (this.#windows.length === 0) this.#socket.destroySoon();
  }

  close(error: Error): void {
    if (this.#windows.length > 0) this.#failure ??= error;
    this.#socket.destroy();
  }

  async #writeInTurn(window: PendingWindow, earlier: Promise<void>): Promise<void> {
    try {
      const [pieces] = await Promise.all([window.packed, earlier]);
      if (!this.closed.aborted) this.#write(window, pieces);
    } catch (error) {
      this.#fail(error);
    }
  }

  #write(window: PendingWindow, pieces: readonly Buffer[]): void {
    window.isWritten = true;
    this.#socket.cork();
    for (const [index, piece] of pieces.entries()) {
      if (index < pieces.length - 1) this.#socket.write(piece);
      else this.#socket.write(piece, (error) => this.#onFlushed(window, error));
    }
    this.#socket.uncork();
  }

  #onFlushed(window: PendingWindow, error: Error | null | undefined): void {
    if (error) return;
    window.isFlushed = true;
    this.#settle();
  }

  #onData(chunk: Buffer): void {
    try {
      for (const sequence of this.#acks.push(chunk)) this.#onAck(sequence);
    } catch (error) {
      this.#failure ??= transientError("GATELOG_LUMBERJACK_PROTOCOL", error instanceof Error ? error.message : String(error), error);
      this.#socket.destroy();
    }
  }

  #onAck(sequence: number): void {
    this.#hasAnswered = true;
    if (sequence === 0) return;
    const window = this.#windows.find(({ isAcknowledged }) => !isAcknowledged);
    if (window?.isWritten !== true) throw new Error(`the receiver acknowledged event ${sequence} while it had been sent none`);
    if (sequence > window.count) throw new Error(`the receiver acknowledged event ${sequence} of a window of ${window.count}`);
    // A partial ACK says that the receiver is alive; the window stays open until its last event is safe.
    if (sequence < window.count) return;
    window.isAcknowledged = true;
    this.#settle();
  }

  #settle(): void {
    for (let window = this.#windows[0]; window?.isAcknowledged === true && window.isFlushed; window = this.#windows[0]) {
      this.#windows.shift();
      window.resolve();
      if (!this.#isRetiring) this.#options.onRoom();
    }
    if (this.#windows.length > 0) return;
    this.#socket.setTimeout(0);
    if (this.#isRetiring) this.#socket.destroySoon();
  }

  #onSilence(): void {
    const { timeoutMs } = this.#options;
    this.#failure ??= transientError(
      "GATELOG_LUMBERJACK_TIMEOUT",
      `for ${timeoutMs} ms the receiver took no byte and answered nothing, while ${this.#windows.length} windows wait for it`,
    );
    this.#socket.destroy();
  }

  #fail(error: unknown): void {
    const problem = describeTlsError(error);
    if (problem !== undefined) this.#failure ??= transientError("GATELOG_LUMBERJACK_TLS", problem, error);
    // However a connection ends on which nothing is under way, nothing failed.
    else if (this.#windows.length > 0)
      this.#failure ??= transientError("GATELOG_LUMBERJACK_DISCONNECTED", error instanceof Error ? error.message : String(error), error);
    this.#socket.destroy();
  }

  #onClose(): void {
    this.#closing.abort();
    const windows = this.#windows;
    this.#windows = [];
    if (windows.length > 0) this.#failure ??= disconnectedError();
    for (const { packed, reject } of windows) {
      const settle = () => reject(this.#failure ?? disconnectedError());
      void packed.then(settle, settle);
    }
    this.#options.onClose(this.#failure);
  }
}

function disconnectedError(): Error {
  return transientError("GATELOG_LUMBERJACK_DISCONNECTED", "the receiver closed the connection");
}
