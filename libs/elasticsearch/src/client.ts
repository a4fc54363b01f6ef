import { Client, Transport } from "@elastic/elasticsearch";

/** How the cluster is reached. */
export interface ConnectionOptions {
  /** `http://host:9200`, at least one. */
  readonly nodes: readonly string[];
  readonly auth?: { readonly username: string; readonly password: string } | { readonly apiKey: string };
  readonly tls?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
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
    super({ ...others, vendoredHeaders });
  }
}

/** A client for any of the supported clusters. Retries between nodes only: waiting and trying again is the caller's part. */
export function createClient(options: ConnectionOptions): Client {
  const { nodes, auth, tls, requestTimeoutMs = 60_000 } = options;
  const clientOptions: ClientOptions = {
    nodes: [...nodes],
    Transport: PlainTransport,
    requestTimeout: requestTimeoutMs,
    maxRetries: nodes.length - 1,
    enableMetaHeader: false,
  };
  if (auth !== undefined) clientOptions.auth = auth;
  if (tls !== undefined) clientOptions.tls = tls;
  return new Client(clientOptions);
}
