import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TlsOptions } from "node:tls";
import { gunzipSync } from "node:zlib";

/** One document that a bulk request asked for. */
export interface Created {
  readonly index: string;
  readonly id: string;
  readonly source: unknown;
}

/** What the fake answers to one document, or to a whole request. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly reason?: string;
}

/** A cluster whose answers a test decides. */
export interface FakeCluster {
  readonly url: string;
  /** `METHOD path` of every request so far. */
  readonly requests: readonly string[];
  /** Bodies of the requests that are no bulk, by `METHOD path`. */
  readonly bodies: ReadonlyMap<string, unknown>;
  /** Headers of the bulk requests. */
  readonly bulkHeaders: readonly IncomingHttpHeaders[];
  /** Most bulk requests that were in the cluster at the same time. */
  readonly bulksAtOnceMax: number;
  /** Documents per bulk request. */
  readonly bulks: readonly (readonly Created[])[];
  /** Default: `{ version: { number: "7.17.29" } }`. */
  info: unknown;
  /** Answer to one document; default 201. */
  answer: (document: Created) => Answer;
  /** Answer to a whole request of any kind, before it is looked at; undefined lets it pass. */
  refuse: (request: { readonly method: string; readonly path: string; readonly bytes: number }) => Answer | undefined;
  /** What a GET finds there; else 404. What another method is answered stands at `METHOD path`; else `{}`. */
  readonly found: Map<string, unknown>;
  /** Ends before a bulk request is answered. */
  beforeAnswer: () => Promise<void>;
  /** Takes requests and answers none. */
  isHanging: boolean;
  close(): Promise<void>;
}

/** Starts a fake cluster on loopback. */
export async function startFakeCluster(tls?: TlsOptions): Promise<FakeCluster> {
  const requests: string[] = [];
  const bodies = new Map<string, unknown>();
  const bulkHeaders: IncomingHttpHeaders[] = [];
  const bulks: Created[][] = [];
  let bulksAtOnce = 0;
  let bulksAtOnceMax = 0;
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void readAll(request).then((body) => handle(request, response, body));
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  const handle = (request: IncomingMessage, response: ServerResponse, body: string) => {
    const { method = "", url = "" } = request;
    const path = url.split("?")[0]!;
    requests.push(`${method} ${path}`);
    if (cluster.isHanging) return undefined;
    const refusal = cluster.refuse({ method, path, bytes: Buffer.byteLength(body) });
    if (refusal !== undefined) return reply(response, refusal.status, errorOf(refusal));
    if (path === "/") return reply(response, 200, cluster.info);
    if (path === "/_bulk") return handleBulk(request, response, body);
    if (body !== "") bodies.set(`${method} ${url}`, JSON.parse(body));
    if (method !== "GET") return reply(response, 200, cluster.found.get(`${method} ${path}`) ?? {});
    return reply(response, cluster.found.has(path) ? 200 : 404, cluster.found.get(path) ?? {});
  };
  const handleBulk = (request: IncomingMessage, response: ServerResponse, body: string) => {
    bulkHeaders.push(request.headers);
    const documents = readBulk(body);
    bulks.push(documents);
    bulksAtOnceMax = Math.max(bulksAtOnceMax, ++bulksAtOnce);
    void cluster.beforeAnswer().then(() => {
      bulksAtOnce--;
      reply(response, 200, { items: documents.map((document) => ({ create: itemOf(cluster.answer(document)) })) });
    });
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cluster: FakeCluster = {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    bodies,
    bulkHeaders,
    get bulksAtOnceMax() {
      return bulksAtOnceMax;
    },
    bulks,
    found: new Map(),
    beforeAnswer: () => Promise.resolve(),
    info: { version: { number: "7.17.29" } },
    answer: () => ({ status: 201 }),
    refuse: () => undefined,
    isHanging: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return cluster;
}

function readBulk(body: string): Created[] {
  const lines = body.split("\n");
  if (lines.pop() !== "") throw new Error("a bulk body ends with a line end");
  const documents: Created[] = [];
  for (let index = 0; index < lines.length; index += 2) {
    const { create } = JSON.parse(lines[index]!) as { create: { _index: string; _id: string } };
    documents.push({ index: create._index, id: create._id, source: JSON.parse(lines[index + 1]!) });
  }
  return documents;
}

function itemOf(answer: Answer): object {
  return answer.status < 300 ? { status: answer.status } : { status: answer.status, ...errorOf(answer) };
}

function errorOf({ status, type, reason }: Answer): object {
  return { status, error: { type, reason } };
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "x-elastic-product": "Elasticsearch" });
  response.end(JSON.stringify(body));
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
}
