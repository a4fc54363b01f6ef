import { BaseConnection, ClusterConnectionPool } from "@elastic/elasticsearch";

type PoolOptions = ConstructorParameters<typeof ClusterConnectionPool>[0];

/** Milliseconds until a node that failed is looked at again; doubled with each further failure. */
const retryDelayMsMin = 1000;
/** How often it is doubled: up to 32 s. */
const doublingsMax = 5;
/** How long a node that failed may take to answer when it is looked at. */
const pingTimeoutMs = 3000;

/** Told when a node is left out, and when it is used again; its URL. */
export type OnNode = (state: "lost" | "back", url: string) => void;

/** The pool's class as the client wants it, which makes its own object of it. */
export function nodePoolOf(onNode: OnNode): typeof ClusterConnectionPool {
  return class extends NodePool {
    override markDead(connection: BaseConnection): this {
      const wasAlive = connection.status === BaseConnection.statuses.ALIVE;
      super.markDead(connection);
      if (wasAlive) onNode("lost", connection.url.href);
      return this;
    }

    override markAlive(connection: BaseConnection): this {
      const wasAlive = connection.status === BaseConnection.statuses.ALIVE;
      super.markAlive(connection);
      if (!wasAlive) onNode("back", connection.url.href);
      return this;
    }
  };
}

/**
 * Nodes in turn. One that does not answer, or answers 502 to 504, is left out, and asked for a sign of life with back-off; requests go to it again
 * once it gave one. Where no node is left, all are tried.
 */
class NodePool extends ClusterConnectionPool {
  constructor(options: PoolOptions) {
    super({ ...options, pingTimeout: pingTimeoutMs, resurrectStrategy: "ping" });
    this.resurrectTimeout = retryDelayMsMin;
    this.resurrectTimeoutCutoff = doublingsMax;
  }
}
