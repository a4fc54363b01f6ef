import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Registry } from "prom-client";
import { type AdminAccess, admit, admitChange } from "./admin-access.ts";
import { type AdminMethod, AdminRefusal, type AdminRequest, adminRequest } from "./admin-request.ts";
import type { PartReadiness } from "./app.ts";
import { listenError } from "./local-checks.ts";

/** What the admin server shows. */
export interface AdminServerOptions {
  readonly metrics: Pick<Registry, "contentType" | "metrics">;
  readonly readiness: () => readonly PartReadiness[] | Promise<readonly PartReadiness[]>;
}

/**
 * What a route answers: `body` as JSON, or as it is where `type` is given; then it may also be pieces, which are sent as they come, and asked for
 * only as fast as the client takes them. An iteration that throws cuts the connection, so that half an answer is never taken for a whole one.
 */
export interface AdminAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly type?: string;
  readonly body: unknown;
}

/** **Errors**: an AdminRefusal is answered with its status, anything else with 500; both with `{"error": message}`. */
export type AdminRoute = (request: AdminRequest) => AdminAnswer | Promise<AdminAnswer>;

/**
 * The server behind every app's admin port: `GET /healthz` (200 while the process lives), `GET /readyz`
 * (200 when every part is ready, else 503), `GET /metrics` (Prometheus text).
 *
 * **Shape** of /readyz: `{"ready":false,"reasons":["elasticsearch: connect ECONNREFUSED 127.0.0.1:9200"],"parts":[…]}`.
 */
export function createAdminServer({ metrics, readiness }: AdminServerOptions): AdminServer {
  const server = new AdminServer();
  server.get("/healthz", () => ({ body: { status: "ok" } }));
  server.get("/readyz", async () => {
    const parts = await readiness();
    const ready = parts.every((part) => part.ready);
    return { status: ready ? 200 : 503, body: { ready, reasons: reasonsOf(parts), parts } };
  });
  server.get("/metrics", async () => ({ type: metrics.contentType, body: await metrics.metrics() }));
  return server;
}

/**
 * A few paths that are read, and some that change something (admin-access.ts says who may). Node's own server: a process that serves nothing else
 * would need 10 MiB more for a web framework.
 */
export class AdminServer {
  /** By path, as it was given. */
  readonly #routes = new Map<string, Map<AdminMethod, AdminRoute>>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #access: AdminAccess = { host: "127.0.0.1" };

  /** `path` is what stands before a `?`; its last part may be a `{name}`, as in `/letters/{offset}`. */
  get(path: string, route: AdminRoute): void {
    this.#add("GET", path, route);
  }

  /** A route that changes something; called with a JSON body, or none. */
  post(path: string, route: AdminRoute): void {
    this.#add("POST", path, route);
  }

  /** A route that removes something. */
  delete(path: string, route: AdminRoute): void {
    this.#add("DELETE", path, route);
  }

  /** Opens the port and resolves with the one that was taken (for `port: 0`). **Errors**: StartError. */
  async listen({ port, ...access }: AdminAccess & { readonly port: number }): Promise<number> {
    const where = { host: access.host, port };
    this.#access = access;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once("error", reject);
        this.#server.listen({ ...where }, resolve);
      });
    } catch (error) {
      throw listenError(error, { key: "admin.port", ...where });
    }
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : where.port;
  }

  /** Resolves when the port is free; connections are closed, whatever they wait for. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #add(method: AdminMethod, path: string, route: AdminRoute): void {
    const methods = this.#routes.get(path) ?? new Map<AdminMethod, AdminRoute>();
    this.#routes.set(path, methods.set(method, route));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request, response).catch(asAnswer);
    response.statusCode = answer.status ?? 200;
    response.setHeader("content-type", answer.type ?? "application/json; charset=utf-8");
    if (answer.status === 401) response.setHeader("www-authenticate", "Bearer");
    // The rest of a body that is too long is not waited for.
    if (answer.status === 413) response.setHeader("connection", "close");
    await send(request, response, answer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<AdminAnswer> {
    const { method = "GET", headers } = request;
    const { pathname: path, search } = splitUrl(request.url ?? "/");
    const call = { method, path, headers };
    admit(call, this.#access);
    const found = this.#find(path);
    if (found === undefined) throw new AdminRefusal(404, `there is no ${path}; there are ${[...this.#routes.keys()].join(", ")}`);
    const { methods, parameter } = found;
    const route = methods.get((method === "HEAD" ? "GET" : method) as AdminMethod);
    if (route !== undefined) {
      admitChange(call, this.#access);
      return route(adminRequest(request, response, { query: new URLSearchParams(search), parameter }));
    }
    response.setHeader("allow", [...methods.keys()].flatMap((one) => (one === "GET" ? [one, "HEAD"] : [one])).join(", "));
    const verb = methods.has("GET") ? "read" : "called";
    throw new AdminRefusal(405, `${path} is ${verb} by ${[...methods.keys()].join(" or ")}`);
  }

  #find(path: string): { readonly methods: ReadonlyMap<AdminMethod, AdminRoute>; readonly parameter: string } | undefined {
    const exact = this.#routes.get(path);
    if (exact !== undefined) return { methods: exact, parameter: "" };
    const start = path.slice(0, path.lastIndexOf("/") + 1);
    const parameter = decoded(path.slice(start.length));
    if (parameter === undefined || parameter === "") return undefined;
    for (const [pattern, methods] of this.#routes)
      if (pattern.endsWith("}") && pattern.slice(0, pattern.indexOf("{")) === start) return { methods, parameter };
    return undefined;
  }
}

/** `part: reason` of each part that is not ready. */
export function reasonsOf(parts: readonly PartReadiness[]): readonly string[] {
  return parts.filter((part) => !part.ready).map((part) => `${part.name}: ${part.reason ?? "not ready"}`);
}

/** Never rejects: a client that is gone, and an iteration that fails, end the connection, and there is nobody to be told. */
async function send(request: IncomingMessage, response: ServerResponse, { type, body }: AdminAnswer): Promise<void> {
  if (type === undefined || !isPieces(body)) return void response.end(type === undefined ? JSON.stringify(body) : String(body));
  const pieces = Readable.from(body, { objectMode: false });
  if (request.method === "HEAD") {
    pieces.destroy();
    return void response.end();
  }
  // The client sees that its call was taken, also where nothing comes for long.
  response.flushHeaders();
  await pipeline(pieces, response).catch(() => response.destroy());
}

function isPieces(body: unknown): body is AsyncIterable<string | Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function asAnswer(error: unknown): AdminAnswer {
  const status = error instanceof AdminRefusal ? error.status : 500;
  return { status, body: { error: error instanceof Error ? error.message : String(error) } };
}

function splitUrl(url: string): { readonly pathname: string; readonly search: string } {
  const at = url.indexOf("?");
  return at === -1 ? { pathname: url, search: "" } : { pathname: url.slice(0, at), search: url.slice(at + 1) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
