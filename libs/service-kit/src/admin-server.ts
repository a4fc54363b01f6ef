import { fastify, type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import type { PartReadiness } from "./app.ts";
import { listenError } from "./local-checks.ts";

/** What the admin server shows. */
export interface AdminServerOptions {
  readonly metrics: Pick<Registry, "contentType" | "metrics">;
  readonly readiness: () => readonly PartReadiness[] | Promise<readonly PartReadiness[]>;
}

/**
 * The server behind every app's admin port: `GET /healthz` (200 while the process lives), `GET /readyz`
 * (200 when every part is ready, else 503), `GET /metrics` (Prometheus text).
 *
 * **Shape** of /readyz: `{"ready":false,"reasons":["elasticsearch: connect ECONNREFUSED 127.0.0.1:9200"],"parts":[…]}`.
 */
export function createAdminServer({ metrics, readiness }: AdminServerOptions): FastifyInstance {
  const server = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 1024 * 1024 });
  server.get("/healthz", () => ({ status: "ok" }));
  server.get("/readyz", async (_request, reply) => {
    const parts = await readiness();
    const ready = parts.every((part) => part.ready);
    void reply.code(ready ? 200 : 503);
    return { ready, reasons: reasonsOf(parts), parts };
  });
  server.get("/metrics", async (_request, reply) => {
    void reply.type(metrics.contentType);
    return metrics.metrics();
  });
  return server;
}

/** `part: reason` of each part that is not ready. */
export function reasonsOf(parts: readonly PartReadiness[]): readonly string[] {
  return parts.filter((part) => !part.ready).map((part) => `${part.name}: ${part.reason ?? "not ready"}`);
}

/** Opens the port and returns the one that was taken (for `port: 0`). **Errors**: StartError. */
export async function listenAdmin(server: FastifyInstance, where: { readonly host: string; readonly port: number }): Promise<number> {
  try {
    // A copy: fastify writes into what it gets, and the configuration is frozen.
    await server.listen({ ...where });
  } catch (error) {
    throw listenError(error, { key: "admin.port", ...where });
  }
  const address = server.server.address();
  return typeof address === "object" && address !== null ? address.port : where.port;
}
