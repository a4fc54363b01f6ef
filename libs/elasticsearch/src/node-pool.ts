import { ClusterConnectionPool } from "@elastic/elasticsearch";

type PoolOptions = ConstructorParameters<typeof ClusterConnectionPool>[0];

/** Milliseconds until a node that failed is looked at again; doubled with each further failure. */
const retryDelayMsMin = 1000;
/** How often it is doubled: up to 32 s. */
const doublingsMax = 5;
/** How long a node that failed may take to answer when it is looked at. */
const pingTimeoutMs = 3000;

/**
 * Nodes in turn. One that does not answer, or answers 502 to 504, is left out, and asked for a sign of life with back-off; requests go to it again
 * once it gave one. Where no node is left, all are tried.
 */
export class NodePool extends ClusterConnectionPool {
  constructor(options: PoolOptions) {
    super({ ...options, pingTimeout: pingTimeoutMs, resurrectStrategy: "ping" });
    this.resurrectTimeout = retryDelayMsMin;
    this.resurrectTimeoutCutoff = doublingsMax;
  }
}
