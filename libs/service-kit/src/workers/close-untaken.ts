import type { Worker } from "node:cluster";

/** What node:cluster sends with a connection, as far as it matters here (`RoundRobinHandle.handoff` of Node 20 to 25). */
interface HandOver {
  readonly act?: unknown;
  /** Names the port that the connection came to. */
  readonly key?: unknown;
}

interface Closable {
  close(): void;
}

/**
 * Has the connections closed that a worker was handed and had not taken when it ended.
 *
 * node:cluster keeps a connection open until the worker says that it has it. One that is killed before never says so: the
 * client would stay connected to nobody, without an answer, for as long as this process lives. Closed, it may call again.
 */
export function closeUntaken(worker: Worker): void {
  const { process: child } = worker;
  const send = child.send.bind(child);
  // At most one of each port is under way; closing one that was taken, which is closed here already, does nothing.
  const handedOver = new Map<unknown, Closable>();
  child.send = (message: HandOver, handle: unknown, ...rest: never[]) => {
    if (message.act === "newconn" && isClosable(handle)) handedOver.set(message.key, handle);
    return send(message, handle as never, ...rest);
  };
  worker.once("exit", () => {
    for (const handle of handedOver.values()) handle.close();
  });
}

function isClosable(handle: unknown): handle is Closable {
  return typeof handle === "object" && handle !== null && "close" in handle && typeof handle.close === "function";
}
