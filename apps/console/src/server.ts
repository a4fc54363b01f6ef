import { STATUS_CODES } from "node:http";
import { fastify, type FastifyError, type FastifyInstance } from "fastify";
import type { Logger } from "@gatelog/service-kit";
import { ConsoleError } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { registerRecordsApi } from "./records-api.ts";
import type { SavedSearches } from "./saved-searches.ts";
import { registerSearchesApi } from "./searches-api.ts";
import { guard } from "./security.ts";
import type { RecordStore } from "./sql-store.ts";
import type { About, StageHealth, WireError } from "./wire.ts";

/** What the server answers from. */
export interface ServerParts {
  readonly store: RecordStore;
  readonly searches: SavedSearches;
  /** Health of the stages and of the store, in data-flow order. */
  readonly health: () => Promise<readonly StageHealth[]>;
  readonly about: About;
  readonly metrics: Metrics;
  readonly logger: Pick<Logger, "error">;
  /** Adds the page's files. */
  readonly page: (server: FastifyInstance) => Promise<void>;
}

/** The console's HTTP server, not yet listening: the API, and the page from `page`. */
export async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const server = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 64 * 1024, routerOptions: { maxParamLength: 300 } });
  guard(server);
  count(server, parts.metrics);
  answerErrors(server, parts.logger);
  server.addHook("onSend", async (request, reply) => {
    // Records are nobody else's: they stay out of the browser's cache on disk.
    if (request.url.startsWith("/api/")) void reply.header("cache-control", "no-store");
  });
  registerRecordsApi(server, parts.store);
  registerSearchesApi(server, parts.searches);
  server.get("/api/stages", async () => ({ stages: await parts.health() }));
  server.get("/api/about", () => parts.about);
  await parts.page(server);
  return server;
}

function count(server: FastifyInstance, { answers, answerSeconds }: Metrics): void {
  server.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    answers.inc({ route, status: reply.statusCode });
    answerSeconds.observe({ route }, reply.elapsedTime / 1000);
  });
}

function answerErrors(server: FastifyInstance, logger: ServerParts["logger"]): void {
  server.setErrorHandler<FastifyError | ConsoleError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (error instanceof ConsoleError) return reply.code(status).send(wireError(error.code, error.message));
    if (status < 500) return reply.code(status).send(wireError("GATELOG_CONSOLE_PARAMETER", error.message));
    logger.error({ err: error, requestId: request.id, url: request.url }, "answering failed");
    const message = `The console failed (${STATUS_CODES[500]}); its log has the details under requestId ${request.id}.`;
    return reply.code(500).send(wireError("GATELOG_CONSOLE_INTERNAL", message));
  });
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0] ?? "/";
    return reply.code(404).send(wireError("GATELOG_CONSOLE_NOT_FOUND", `Nothing is served at ${request.method} ${path}.`));
  });
}

function wireError(code: string, message: string): WireError {
  return { error: { code, message } };
}
