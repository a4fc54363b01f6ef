import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@gatelog/testkit";
import { benchDirectory } from "../clean-up.ts";
import { peakResidentMebibytes } from "../processes.ts";
import { startProcessor } from "./gatelog-processor.ts";
import { Sender } from "./sender.ts";

const MiB = 1024 * 1024;
/** Nothing more is acknowledged for so long: the buffer is full. */
const fullAfterMs = 3000;
const deadlineMs = 180_000;

/** The most memory that ours takes while no output answers and its buffer fills up. */
export interface Outage {
  readonly rssMiB: number;
  /** Events that were acknowledged until the buffer was full. */
  readonly events: number;
}

/** Sends to a processor whose Kafka and Elasticsearch are not there, until its buffer is full, and for a while longer. */
export async function measureOutage(plan: {
  readonly bundle: string;
  readonly sender: string;
  readonly connections: number;
  readonly bufferBytesMax?: number;
}): Promise<Outage> {
  const directory = await benchDirectory("outage");
  const [kafka, elasticsearch] = [await freePort(), await freePort()];
  const processor = await startProcessor({
    bundle: plan.bundle,
    directory: join(directory.path, "processor"),
    bufferBytesMax: plan.bufferBytesMax ?? 1024 * MiB,
    isReady: false,
    outputs: [
      { topic: { kafka: { brokers: [`127.0.0.1:${kafka}`] }, name: "kerry", value: "raw" }, as: "kafka" },
      { elasticsearch: { nodes: [`http://127.0.0.1:${elasticsearch}`], index: "outage" }, as: "elasticsearch" },
    ],
  });
  const sending = { port: processor.beatsPort, connections: plan.connections, compressionLevel: 0, events: 100_000_000, firstEvent: 0 };
  const sender = await Sender.start(plan.sender, sending, join(directory.path, "sender.output"));
  try {
    sender.go();
    const end = performance.now() + deadlineMs;
    let events = 0;
    let movedAt = performance.now();
    while (performance.now() - movedAt < fullAfterMs) {
      processor.check();
      await sleep(200);
      if (sender.acknowledged > events) movedAt = performance.now();
      events = sender.acknowledged;
      if (performance.now() > end) throw new Error(`the buffer is not full after ${deadlineMs} ms`);
    }
    return { rssMiB: peakResidentMebibytes(processor.pid), events };
  } finally {
    await sender.stop();
    await processor.stop();
    await directory.remove();
  }
}
