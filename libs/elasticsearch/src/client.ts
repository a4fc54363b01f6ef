import { Client, Transport } from "@elastic/elasticsearch";
import { nodePoolOf, type OnNode } from "./node-pool.ts";
import { type SearchTls, tlsConnector } from "./tls.ts";

/** How the cluster is reached. */
export interface ConnectionOptions {
  /** `http://host:9200`, at least one. */
  readonly nodes: readonly string[];
  readonly auth?: { readonly username: string; readonly password: string } | { readonly apiKey: string };
  readonly tls?: SearchTls;
  /** ms; default 60,000, min 1,000: a cold cluster takes ten seconds for its first bulk. */
  readonly requestTimeoutMs?: number;
}

type ClientOptions = ConstructorParameters<typeof Client>[0];
type TransportOptions = ConstructorParameters<typeof Transport>[0];

/**
 * The official client, told to speak plain JSON and not to ask which product it talks to: Elasticsearch 7 to 9 and OpenSearch all
 * understand that, while the client's own media types and check are Elasticsearch's alone.
 */
class PlainTransport extends Transport {
  constructor(options: TransportOptions) {
    const { productCheck: _productCheck, ...others } = options;
    const vendoredHeaders = { jsonContentType: "application/json", ndjsonContentType: "application/x-ndjson", accept: "application/json" };
    super({ ...others, vendoredHeaders, retryOnTimeout: true });
  }
}

/**
 * A client for any of the supported clusters. A request that a node does not answer goes to the next node, once to each; waiting and trying
 * again is the caller's part. That is safe for all that this library sends: it may arrive twice.
 */
export function createClient(options: ConnectionOptions, onNode: OnNode): Client {
  const { nodes, auth, tls, requestTimeoutMs = 60_000 } = options;
  const clientOptions: ClientOptions = {
    nodes: [...new Set(nodes)],
    Transport: PlainTransport,
    ConnectionPool: nodePoolOf(onNode),
    requestTimeout: requestTimeoutMs,
    maxRetries: nodes.length - 1,
    enableMetaHeader: false,
  };
  if (auth !== undefined) clientOptions.auth = auth;
  // The client hands these on to undici as they are, of which its types name only some.
  if (tls !== undefined) clientOptions.agent = { connect: tlsConnector(tls) } as object;
  return new Client(clientOptions);
}
