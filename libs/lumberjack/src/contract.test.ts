import { checkSink, checkSource, startFlakyProxy, waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { createLumberjackClient } from "./client.ts";
import { createLumberjackServer } from "./server.ts";
import { createLumberjackSink } from "./sink.ts";
import { createLumberjackSource } from "./source.ts";

const keyOf = (event: Uint8Array) => (JSON.parse(Buffer.from(event).toString()) as { key: string }).key;
const eventOf = (key: string) => Buffer.from(JSON.stringify({ key }));

test("the client keeps the contract of a sink", async () => {
  const reports = await checkSink({
    items: Array.from({ length: 60 }, (_, index) => eventOf(`item-${index}`)),
    keyOf,
    ordered: true,
    makeSink: async () => {
      const stored: string[] = [];
      const server = createLumberjackServer({
        host: "127.0.0.1",
        port: 0,
        onBatch: (events) => Promise.resolve(void stored.push(...events.map(keyOf))),
      });
      const { port } = await server.start();
      const proxy = await startFlakyProxy(port);
      return {
        sink: createLumberjackSink({ hosts: [`127.0.0.1:${proxy.port}`], timeoutMs: 2000 }),
        stored: () => Promise.resolve(stored),
        breakStore: () => {
          proxy.cut();
          return Promise.resolve(() => Promise.resolve(proxy.heal()));
        },
        close: async () => {
          await proxy.close();
          await server.stop();
        },
      };
    },
  });
  expect(reports).toHaveLength(4);
});

test("the server keeps the contract of a source", async () => {
  const reports = await checkSource({
    keyOf,
    // Several clients send at once after a restart.
    ordered: false,
    makeSource: () => {
      const acknowledged: string[] = [];
      let source = createLumberjackSource({ host: "127.0.0.1", port: 0 });
      let generation = 0;
      /** As a Beat does: window by window, each again until it is acknowledged, to whichever server there is. */
      const feed = async (keys: readonly string[]) => {
        for (let from = 0; from < keys.length; from += 7) {
          const part = keys.slice(from, from + 7);
          await sendUntilAcknowledged(part);
          acknowledged.push(...part);
        }
      };
      const sendUntilAcknowledged = async (part: readonly string[]) => {
        for (;;) {
          const port = await waitFor(() => source.port, { what: "a listening server", deadlineMs: 30_000 });
          const client = createLumberjackClient({ hosts: [`127.0.0.1:${port}`], timeoutMs: 5000 });
          const before = generation;
          try {
            await client.send(part.map(eventOf));
            return;
          } catch {
            // The same server is tried again; a stopped one until its successor is there.
            await waitFor(() => source.port > 0 || generation > before, { deadlineMs: 30_000 });
          } finally {
            client.close();
          }
        }
      };
      return Promise.resolve({
        source,
        feed,
        acknowledged: () => Promise.resolve(acknowledged),
        restart: () => {
          generation += 1;
          source = createLumberjackSource({ host: "127.0.0.1", port: 0 });
          return Promise.resolve(source);
        },
      });
    },
  });
  expect(reports).toHaveLength(4);
}, 120_000);
