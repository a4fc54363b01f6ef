import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listenError, type App, type AppContext } from "@gatelog/service-kit";
import type { FastifyInstance } from "fastify";
import type { Config } from "./config.ts";
import { unbracketed } from "./loopback.ts";
import { createMetrics } from "./metrics.ts";
import { pageFromSources } from "./page-dev.ts";
import { pageFrom } from "./page-files.ts";
import { openSavedSearches } from "./saved-searches.ts";
import { buildServer } from "./server.ts";
import { openSqlStore } from "./sql-store.ts";
import { StageHealthReader } from "./stages.ts";
import { StoreWatch } from "./store-watch.ts";

/** Wires the console: SQL store → API → page, saved searches in its own file, health of the stages beside them. */
export async function createConsole(context: AppContext<Config>): Promise<App> {
  const { config, logger, clock } = context;
  const metrics = createMetrics(context.metrics);
  const page = findPage();
  const searches = await openSavedSearches(config.settings.url);
  const store = openSqlStore(config.stores.sql.url);
  const stages = new StageHealthReader(config.stages, clock);
  const watch = new StoreWatch(store, {
    clock,
    onChange: (ready, reason) => {
      metrics.storeUp.set(ready ? 1 : 0);
      if (ready) logger.info("the records can be read");
      else logger.warn({ reason }, "the records cannot be read; asking again");
    },
  });
  const server = await buildServer({
    store,
    searches,
    health: async () => [...(await stages.read()), watch.health()],
    about: { version: context.version, gatewayUrl: config.gatewayUrl.replace(/\/$/u, "") },
    metrics,
    logger,
    page,
  });

  return {
    start: async () => {
      await listen(server, config.listen);
      watch.start();
    },
    stop: async () => {
      await server.close();
      await watch.stop();
      await store.close();
      searches.close();
    },
    readiness: () => [watch.readiness()],
    ports: () => ({ console: portOf(server) ?? config.listen.port }),
  };
}

/** The built page beside the bundle, or Vite over the sources when this file itself is run from its source. */
function findPage(): (server: FastifyInstance) => Promise<void> {
  const here = dirname(fileURLToPath(import.meta.url));
  const runsFromSource = import.meta.url.endsWith(".ts") && existsSync(join(here, "../vite.config.ts"));
  return runsFromSource ? pageFromSources(join(here, "..")) : pageFrom(join(here, "web"));
}

async function listen(server: FastifyInstance, { host, port }: Config["listen"]): Promise<void> {
  try {
    await server.listen({ host: unbracketed(host), port });
  } catch (error) {
    throw listenError(error, { key: "listen.port", host, port });
  }
}

function portOf(server: FastifyInstance): number | undefined {
  const address = server.server.address();
  return typeof address === "object" && address !== null ? address.port : undefined;
}
