import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createLumberjackClient, type LumberjackClient } from "@gatelog/lumberjack";
import { benchDirectory } from "../clean-up.ts";
import { percentile } from "../statistics.ts";
import { startProcessor } from "./gatelog-processor.ts";
import { Sender } from "./sender.ts";

const lookIntervalMs = 20;
const arrivalMsMax = 30_000;
const idStart = "0199a1b2-c3d4-7000-a000-";
const time = "2026-11-23T08:00:00.123Z";

/** How long it takes until a call can be found. */
export interface SearchablePlan {
  readonly bundle: string;
  readonly sender: string;
  readonly url: string;
  readonly index: string;
  readonly samples: number;
  /** Other events meanwhile. */
  readonly eventsPerSecond: number;
}

/**
 * Sends an event now and then, among many others, and searches for it until it is found.
 *
 * **Units**: ms from its sending to the answer that has it; the index is refreshed as its template says.
 */
export async function measureSearchable({
  bundle,
  sender,
  url,
  index,
  samples,
  eventsPerSecond,
}: SearchablePlan): Promise<{ p50Ms: number; p99Ms: number }> {
  const directory = await benchDirectory("searchable");
  const outputs = [{ elasticsearch: { nodes: [url], index }, as: "searchable" }];
  const processor = await startProcessor({ bundle, directory: join(directory.path, "processor"), outputs });
  const client = createLumberjackClient({ hosts: [`127.0.0.1:${processor.beatsPort}`] });
  const sending = {
    port: processor.beatsPort,
    connections: 1,
    compressionLevel: 0,
    events: eventsPerSecond * 600,
    firstEvent: 0,
    eventsPerSecond,
  };
  const others = await Sender.start(sender, sending, join(directory.path, "sender.output"));
  try {
    await client.connect();
    others.go();
    const latencies: number[] = [];
    for (let number = 0; number < samples; number += 1) latencies.push(await untilFound(client, { url, index, number }));
    return { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
  } finally {
    await others.stop();
    client.close();
    await processor.stop();
    await directory.remove();
  }
}

async function untilFound(
  client: LumberjackClient,
  { url, index, number }: { url: string; index: string; number: number },
): Promise<number> {
  const id = idStart + number.toString(16).padStart(12, "0");
  const startedMs = performance.now();
  await client.send([Buffer.from(JSON.stringify({ "@timestamp": time, message: `searched for ${number}`, gatelog: { id, time } }))]);
  while (!(await isFound(url, index, id))) {
    if (performance.now() - startedMs > arrivalMsMax) throw new Error(`the event ${id} is not found after ${arrivalMsMax} ms`);
    await sleep(lookIntervalMs);
  }
  return performance.now() - startedMs;
}

/** By a search: the document itself can be got before it is searchable. */
async function isFound(url: string, index: string, id: string): Promise<boolean> {
  const body = JSON.stringify({ query: { ids: { values: [id] } }, size: 0, track_total_hits: true });
  const path = `${url}/${index}-*/_search?ignore_unavailable=true&allow_no_indices=true`;
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { hits } = (await answer.json()) as { hits?: { total: { value: number } } };
  return (hits?.total.value ?? 0) > 0;
}
