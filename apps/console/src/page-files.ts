import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import { StartError } from "@gatelog/service-kit";
import type { FastifyInstance } from "fastify";

/**
 * Serves the built page of a folder: `index.html` at `/` and at every record's address, hashed assets for ever.
 *
 * **Errors**: StartError where the folder has no page.
 */
export function pageFrom(folder: string): (server: FastifyInstance) => Promise<void> {
  if (!existsSync(join(folder, "index.html"))) {
    throw new StartError(`the page is missing: ${folder} has no index.html; build the console with: npx nx build console`);
  }
  return async (server) => {
    await server.register(fastifyStatic, {
      root: join(folder, "assets"),
      prefix: "/assets/",
      immutable: true,
      maxAge: "365d",
      index: false,
    });
    for (const path of ["/", "/records/:day/:id"]) {
      server.get(path, (_request, reply) => reply.sendFile("index.html", folder, { immutable: false, maxAge: 0 }));
    }
    server.get("/icon.svg", (_request, reply) => reply.sendFile("icon.svg", folder, { immutable: false, maxAge: 86_400_000 }));
  };
}
