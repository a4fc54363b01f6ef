import { join } from "node:path";
import type { FastifyInstance } from "fastify";

/**
 * Serves the page's sources through Vite, with hot reload: for development only, from `tsx watch src/main.ts`.
 *
 * Vite's own scripts stand inline in the page, so answers of this kind carry no content security policy.
 */
export function pageFromSources(appFolder: string): (server: FastifyInstance) => Promise<void> {
  return async (server) => {
    // Loaded only here: the built console runs where Vite is not installed.
    const { createServer } = await import("vite");
    const vite = await createServer({
      configFile: join(appFolder, "vite.config.ts"),
      appType: "spa",
      server: { middlewareMode: true, hmr: { server: server.server } },
    });
    server.addHook("onClose", () => vite.close());
    server.get("/*", (request, reply) => {
      reply.hijack();
      vite.middlewares(request.raw, reply.raw, () => reply.raw.writeHead(404).end());
    });
  };
}
