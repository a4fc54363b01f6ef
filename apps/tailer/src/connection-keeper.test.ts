import { createLumberjackSink } from "@gatelog/lumberjack";
import { systemClock } from "@gatelog/pipeline";
import { expect, test } from "vitest";
import { ConnectionKeeper } from "./connection-keeper.ts";

test("a stop does not wait for a connection that is being made", async () => {
  const sink = createLumberjackSink({ hosts: ["receiver.example:5044"] });
  let attempts = 0;
  const connect = () => {
    attempts += 1;
    return new Promise<never>(() => {});
  };
  const keeper = new ConnectionKeeper({ sink: { ...sink, connect }, clock: systemClock, retry: { minMs: 1, maxMs: 1 } });
  keeper.start();
  expect(attempts).toBe(1);
  await keeper.stop();
  expect(attempts).toBe(1);
});
