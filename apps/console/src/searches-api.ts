import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { ConsoleError } from "./errors.ts";
import { wrong } from "./record-query.ts";
import { savedSearchesMax, type SavedSearches } from "./saved-searches.ts";

const nameParams = Type.Object({ name: Type.String({ minLength: 1, maxLength: 80 }) });
const saveBody = Type.Object({ search: Type.String({ maxLength: 8192 }) });

/** `GET /api/searches`, `PUT /api/searches/{name}` with `{"search":"status=5xx"}`, `DELETE /api/searches/{name}`. */
export function registerSearchesApi(server: FastifyInstance, searches: SavedSearches): void {
  server.get("/api/searches", async () => ({ searches: await settings(searches.list()) }));

  server.put<{ Params: { name: string }; Body: { search: string } }>(
    "/api/searches/:name",
    { schema: { params: nameParams, body: saveBody }, bodyLimit: 64 * 1024 },
    async (request, reply) => {
      const isSaved = await settings(searches.save({ name: request.params.name, search: request.body.search }));
      if (!isSaved) throw wrong(`at most ${savedSearchesMax} searches can be saved; delete one first`);
      return reply.code(204).send();
    },
  );

  server.delete<{ Params: { name: string } }>("/api/searches/:name", { schema: { params: nameParams } }, async (request, reply) => {
    await settings(searches.remove(request.params.name));
    return reply.code(204).send();
  });
}

async function settings<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConsoleError(503, "GATELOG_CONSOLE_SETTINGS_UNAVAILABLE", `The console's settings cannot be used: ${reason}`, error);
  }
}
