import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import type { PartReadiness } from "./app.ts";
import { listenError } from "./local-checks.ts";

/** What the admin server shows. */
export interface AdminServerOptions {
  readonly metrics: Pick<Registry, "contentType" | "metrics">;
  readonly readiness: () => readonly PartReadiness[] | Promise<readonly PartReadiness[]>;
}

/** What a route answers: `body` as JSON, or as it is where `type` is given. */
export interface AdminAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly type?: string;
  readonly body: unknown;
}

export type AdminRoute = () => AdminAnswer | Promise<AdminAnswer>;

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
 * A few fixed paths that are read. Node's own server: a process that serves nothing else would need 10 MiB more for a web framework.
 *
 * **Errors**: what a route throws is a 500 with its message.
 */
export class AdminServer {
  readonly #routes = new Map<string, AdminRoute>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /** `path` is what stands before a `?`. */
  get(path: string, route: AdminRoute): void {
    this.#routes.set(path, route);
  }

  /** Opens the port and resolves with the one that was taken (for `port: 0`). **Errors**: StartError. */
  async listen(where: { readonly host: string; readonly port: number }): Promise<number> {
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

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status = 200, type, body } = await this.#answer(request);
    response.statusCode = status;
    response.setHeader("content-type", type ?? "application/json; charset=utf-8");
    if (status === 405) response.setHeader("allow", "GET, HEAD");
    response.end(type === undefined ? JSON.stringify(body) : String(body));
  }

  async #answer({ method, url = "/" }: IncomingMessage): Promise<AdminAnswer> {
    const [path = "/"] = url.split("?");
    const route = this.#routes.get(path);
    if (route === undefined)
      return { status: 404, body: { error: `there is no ${path}; there are ${[...this.#routes.keys()].join(", ")}` } };
    if (method !== "GET" && method !== "HEAD") return { status: 405, body: { error: `${path} is read by GET` } };
    try {
      return await route();
    } catch (error) {
      return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
    }
  }
}

/** `part: reason` of each part that is not ready. */
export function reasonsOf(parts: readonly PartReadiness[]): readonly string[] {
  return parts.filter((part) => !part.ready).map((part) => `${part.name}: ${part.reason ?? "not ready"}`);
}
