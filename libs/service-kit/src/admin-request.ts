import { Buffer } from "node:buffer";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

/** The methods that a route can have; HEAD is answered as GET without a body. */
export const adminMethods = ["GET", "POST", "DELETE"] as const;
export type AdminMethod = (typeof adminMethods)[number];

/** What a route of the admin server is asked. */
export interface AdminRequest {
  readonly method: AdminMethod | "HEAD";
  /** What stands behind the `?`. */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** What stands in the place of the path's `{name}`, decoded; empty where the path has none. */
  readonly parameter: string;
  /** Aborts when the client has left, the answer is complete, or the server closes. */
  readonly signal: AbortSignal;
  /** **Errors**: AdminRefusal 413 above `bytesMax`. */
  readonly readBody: (bytesMax: number) => Promise<Buffer>;
  /** The body as JSON, `{}` where there is none. **Errors**: AdminRefusal 413 above `bytesMax`, 400 for what is no JSON. */
  readonly readJson: (bytesMax: number) => Promise<unknown>;
}

/** Why a request is not answered as asked, in one sentence; what a route throws so is the answer's status and `error`. */
export class AdminRefusal extends Error {
  override readonly name: string = "AdminRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The request as its route sees it. */
export function adminRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { query, parameter }: Pick<AdminRequest, "query" | "parameter">,
): AdminRequest {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const readBody = (bytesMax: number) => bodyOf(request, bytesMax);
  return {
    method: request.method as AdminRequest["method"],
    query,
    headers: request.headers,
    parameter,
    signal: gone.signal,
    readBody,
    readJson: async (bytesMax) => jsonOf(await readBody(bytesMax)),
  };
}

async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const tooLong = new AdminRefusal(413, `the body is longer than ${bytesMax} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLong;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // What is not read is left to the server: destroyed here, the connection could not carry the refusal.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLong;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function jsonOf(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch (error) {
    throw new AdminRefusal(400, `the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
