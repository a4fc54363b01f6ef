import { expect, test } from "vitest";
import { LatencySampler } from "./latency-sampler.ts";
import { LineCounter } from "./line-counter.ts";

test("lines are counted at their ends, however the stream is cut", () => {
  const counter = new LineCounter();
  for (const chunk of ["a\nb", "b", "b\n\n", "c\n", "rest"]) counter.push(Buffer.from(chunk));
  expect(counter.events).toBe(4);
});

test("a line is sampled only where it lies in a chunk as a whole", () => {
  const sampler = new LatencySampler({ every: 1, from: 1 });
  const counter = new LineCounter(sampler);
  const line = `{"requestContent":"{\\"sentAtMs\\":${Date.now() - 500}}"}\n`;
  counter.push(Buffer.from(line.slice(0, 10)));
  counter.push(Buffer.from(line.slice(10) + line));
  expect(sampler.summary()?.samples).toBe(1);
  expect(sampler.summary()?.p50Ms).toBeGreaterThanOrEqual(500);
});

test("a line that should be sampled and holds no time is an error", () => {
  const counter = new LineCounter(new LatencySampler({ every: 1, from: 1 }));
  expect(() => counter.push(Buffer.from("one\ntwo\n"))).toThrow("line 2 holds no time: two");
});

test("nothing that was sampled has no summary", () => expect(new LatencySampler({ every: 1, from: 1 }).summary()).toBeUndefined());
