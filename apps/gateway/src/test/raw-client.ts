import { connect, type Socket } from "node:net";

/** A client below HTTP: writes bytes, collects what comes back. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  received = "";

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => (this.received += text));
    this.socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  /** Resolves when the bytes were handed to the kernel. */
  async send(text: string | Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(text, () => resolve()));
  }

  /** Resets the connection, as a client that crashes does. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Ends the connection in order. */
  end(): void {
    this.socket.end();
  }
}
