import { connect, type Socket } from "node:net";
import { AckDecoder } from "./ack-decoder.ts";
import { transientError } from "./errors.ts";
import type { Host } from "./host.ts";

export interface ClientConnectionOptions {
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Called once when the connection is gone; without an error where it ended while nothing was pending. */
  readonly onClose: (error: Error | undefined) => void;
}

interface PendingWindow {
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection to a receiver. Windows are acknowledged in the order in which they were written.
 *
 * **Guarantee**: a window resolves only on an ACK of its last sequence; when the connection fails, every window that is
 * not acknowledged is rejected.
 */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #options: ClientConnectionOptions;
  readonly #acks = new AckDecoder();
  #windows: PendingWindow[] = [];
  #failure: Error | undefined;
  #closed = false;

  static open(host: Host, options: ClientConnectionOptions): Promise<ClientConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: host.host, port: host.port, noDelay: true, keepAlive: true });
      const timer = setTimeout(
        () => socket.destroy(new Error(`no connection within ${options.connectTimeoutMs} ms`)),
        options.connectTimeoutMs,
      );
      const onError = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      socket.once("error", onError);
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.off("error", onError);
        resolve(new ClientConnection(socket, options));
      });
    });
  }

  constructor(socket: Socket, options: ClientConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error) => {
      this.#failure ??= transientError("GATELOG_LUMBERJACK_DISCONNECTED", error.message, error);
    });
    socket.on("timeout", () => this.#onSilence());
    socket.on("close", () => this.#onClose());
  }

  /** Writes one window of `count` events; resolves when it is acknowledged as a whole. */
  send(bytes: readonly Buffer[], count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed || !this.#socket.writable) {
        reject(this.#failure ?? transientError("GATELOG_LUMBERJACK_DISCONNECTED", "the receiver closed the connection"));
        return;
      }
      // The socket's own timer counts from the last byte in either direction; it only matters while something is pending.
      if (this.#windows.length === 0) this.#socket.setTimeout(this.#options.timeoutMs);
      this.#windows.push({ count, resolve, reject });
      this.#socket.cork();
      for (const part of bytes) this.#socket.write(part);
      this.#socket.uncork();
    });
  }

  close(error: Error): void {
    if (this.#windows.length > 0) this.#failure ??= error;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    try {
      for (const sequence of this.#acks.push(chunk)) this.#onAck(sequence);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#failure ??= transientError("GATELOG_LUMBERJACK_PROTOCOL", message, error);
      this.#socket.destroy();
    }
  }

  #onAck(sequence: number): void {
    const window = this.#windows[0];
    // A partial ACK (or 0) says that the receiver is alive; the window stays open until its last event is safe.
    if (window === undefined || sequence < window.count) return;
    this.#windows.shift();
    if (this.#windows.length === 0) this.#socket.setTimeout(0);
    window.resolve();
  }

  #onSilence(): void {
    this.#failure ??= transientError("GATELOG_LUMBERJACK_TIMEOUT", `no answer within ${this.#options.timeoutMs} ms`);
    this.#socket.destroy();
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    const windows = this.#windows;
    this.#windows = [];
    if (windows.length > 0) this.#failure ??= transientError("GATELOG_LUMBERJACK_DISCONNECTED", "the receiver closed the connection");
    for (const window of windows)
      window.reject(this.#failure ?? transientError("GATELOG_LUMBERJACK_DISCONNECTED", "the connection was closed"));
    this.#options.onClose(this.#failure);
  }
}
