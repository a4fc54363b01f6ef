import { createServer, connect, type Socket } from "node:net";

/** A TCP proxy on loopback whose faults a test switches on and off. */
export interface FlakyProxy {
  readonly port: number;
  /** New connections are refused by an immediate reset; the open ones are cut. */
  cut(): void;
  /** Bytes stop flowing in both directions; nothing is closed. */
  stall(): void;
  /** Undoes `cut` and `stall`. */
  heal(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of `127.0.0.1:targetPort`. */
export async function startFlakyProxy(targetPort: number): Promise<FlakyProxy> {
  let mode: "open" | "cut" | "stall" = "open";
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (mode === "cut") return void client.resetAndDestroy();
    const upstream = connect(targetPort, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on("drain", () => mode !== "stall" && from.resume());
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    if (mode === "stall") pauseAll();
    return undefined;
  });
  const pauseAll = () => {
    for (const socket of sockets) socket.pause();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    cut: () => {
      mode = "cut";
      for (const socket of sockets) socket.destroy();
    },
    stall: () => {
      mode = "stall";
      pauseAll();
    },
    heal: () => {
      mode = "open";
      for (const socket of sockets) socket.resume();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
