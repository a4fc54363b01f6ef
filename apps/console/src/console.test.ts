import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { systemClock } from "@gatelog/pipeline";
import { StartError, type App, type AppContext } from "@gatelog/service-kit";
import { freePort, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Config } from "./config.ts";
import { createConsole } from "./console.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let warnings: string[];
const apps: App[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  warnings = [];
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop(new AbortController().signal);
  await directory.remove();
});

const databaseUrl = () => `file:${join(directory.path, "gatelog.db")}`;

async function create(port: number, changes: Partial<Config> = {}): Promise<{ app: App; metrics: Registry }> {
  const metrics = new Registry();
  const log = (fields: object) => void warnings.push(JSON.stringify(fields));
  const context = {
    config: {
      listen: { host: "127.0.0.1", port },
      stores: { sql: { url: databaseUrl() } },
      settings: { url: `file:${join(directory.path, "settings", "console.db")}` },
      stages: {},
      gatewayUrl: "http://127.0.0.1:9000/",
      ...changes,
    },
    logger: { info: () => undefined, warn: log, error: log },
    metrics,
    clock: systemClock,
    version: "1.2.3",
  } as unknown as AppContext<Config>;
  return { app: await createConsole(context), metrics };
}

async function start(port: number): Promise<{ app: App; metrics: Registry; url: string }> {
  const created = await create(port);
  apps.push(created.app);
  await created.app.start();
  return { ...created, url: `http://127.0.0.1:${created.app.ports?.()["console"]}` };
}

test("it is up before its database, not ready with the reason, and ready once db-sink made the tables", async () => {
  const { app, metrics, url } = await start(0);
  await waitFor(() => app.readiness()[0]?.reason?.includes("db-sink creates it"), { what: "the reason" });
  expect(app.readiness()).toEqual([{ name: "store", ready: false, reason: expect.stringContaining("gatelog.db") }]);
  expect(warnings.join()).toContain("db-sink creates it");
  expect((await fetch(url)).status).toBe(200);
  expect(await (await fetch(`${url}/api/about`)).json()).toEqual({ version: "1.2.3", gatewayUrl: "http://127.0.0.1:9000" });

  const database = openDatabase(databaseUrl());
  await database.migrate();
  await waitFor(() => app.readiness()[0]?.ready, { what: "ready" });
  expect(app.readiness()).toEqual([{ name: "store", ready: true }]);
  expect(await metrics.metrics()).toContain("gatelog_console_store_up 1");
  await database.close();
});

test("a taken port is one sentence", async () => {
  const port = await freePort();
  await start(port);
  const second = await create(port);
  apps.push(second.app);
  await expect(second.app.start()).rejects.toThrow(new RegExp(`^listen\\.port: port ${port} on 127\\.0\\.0\\.1 is taken`, "u"));
});

test("a database of a kind that cannot be read is one sentence, without its password", async () => {
  const attempt = create(0, { stores: { sql: { url: "oracle://scott:tiger@db/x" } } });
  await expect(attempt).rejects.toThrow(StartError);
  await expect(create(0, { stores: { sql: { url: "oracle://scott:tiger@db/x" } } })).rejects.toThrow(/^stores\.sql\.url: (?!.*tiger)/u);
});

test("it stops while pages are asking", async () => {
  const { app, url } = await start(0);
  const stopped = new AbortController();
  const asking = Array.from({ length: 8 }, async () => {
    while (!stopped.signal.aborted)
      await fetch(`${url}/api/records`).then(
        (answer) => answer.text(),
        () => undefined,
      );
  });
  await waitFor(() => app.readiness()[0]?.reason !== "not asked yet", { what: "the first question" });
  await app.stop(new AbortController().signal);
  apps.splice(apps.indexOf(app), 1);
  stopped.abort();
  await Promise.all(asking);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});
