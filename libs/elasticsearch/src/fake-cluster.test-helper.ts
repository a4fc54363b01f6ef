import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

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
  /** Content types of the bulk requests. */
  readonly contentTypes: readonly (string | undefined)[];
  /** Documents per bulk request. */
  readonly bulks: readonly (readonly Created[])[];
  /** Default: `{ version: { number: "7.17.29" } }`. */
  info: unknown;
  /** Answer to one document; default 201. */
  answer: (document: Created) => Answer;
  /** Answer to a whole request of any kind, before it is looked at; undefined lets it pass. */
  refuse: (request: { readonly path: string; readonly bytes: number }) => Answer | undefined;
  /** Takes requests and answers none. */
  isHanging: boolean;
  close(): Promise<void>;
}

/** Starts a fake cluster on loopback. */
export async function startFakeCluster(): Promise<FakeCluster> {
  const requests: string[] = [];
  const contentTypes: (string | undefined)[] = [];
  const bulks: Created[][] = [];
  const server = createServer((request, response) => {
    void readAll(request).then((body) => handle(request, response, body));
  });
  const handle = (request: IncomingMessage, response: ServerResponse, body: string) => {
    const path = (request.url ?? "").split("?")[0]!;
    requests.push(`${request.method} ${path}`);
    if (cluster.isHanging) return undefined;
    const refusal = cluster.refuse({ path, bytes: Buffer.byteLength(body) });
    if (refusal !== undefined) return reply(response, refusal.status, errorOf(refusal));
    if (path === "/") return reply(response, 200, cluster.info);
    if (path !== "/_bulk") return reply(response, request.method === "GET" ? 404 : 200, {});
    contentTypes.push(request.headers["content-type"]);
    const documents = readBulk(body);
    bulks.push(documents);
    return reply(response, 200, { items: documents.map((document) => ({ create: itemOf(cluster.answer(document)) })) });
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cluster: FakeCluster = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    contentTypes,
    bulks,
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
  return Buffer.concat(chunks).toString();
}
