import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fetchJars, findJdk, ManagedProcess } from "@gatelog/testkit";
import { createRecordGenerator } from "./records.ts";

/** Lines that it sends over and over. */
const poolLines = 20_000;
const deadlineMs = 300_000;

/** Kafka's own measure of how fast a producer can be: `org.apache.kafka.tools.ProducerPerformance`. */
export async function measureProducerPerformance(plan: {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly events: number;
  readonly directory: string;
}): Promise<number> {
  const jars = await fetchJars("kafka-tools");
  const payloads = join(plan.directory, "payloads.txt");
  const next = createRecordGenerator();
  writeFileSync(payloads, `${Array.from({ length: poolLines }, next).join("\n")}\n`);
  const properties = [
    `bootstrap.servers=${plan.brokers.join(",")}`,
    "acks=all",
    "compression.type=snappy",
    "linger.ms=5",
    "batch.size=262144",
  ];
  const child = new ManagedProcess({
    command: join(findJdk(17).home, "bin/java"),
    arguments: [
      "-Xmx512m",
      "-cp",
      join(jars, "lib/*"),
      "org.apache.kafka.tools.ProducerPerformance",
      "--topic",
      plan.topic,
      "--num-records",
      String(plan.events),
      "--throughput",
      "-1",
      "--payload-file",
      payloads,
      "--producer-props",
      ...properties,
    ],
    logFile: join(plan.directory, "producer-performance.output"),
  });
  const timer = setTimeout(() => void child.stop(), deadlineMs);
  try {
    const exit = await child.exited;
    if (exit.code !== 0) throw new Error(`ProducerPerformance ended with ${exit.code ?? exit.signal}: ${child.output().slice(-1500)}`);
  } finally {
    clearTimeout(timer);
    await child.stop();
  }
  return recordsPerSecond(child.output());
}

/** Of the last line: `1000000 records sent, 123456.7 records/sec (50.12 MB/sec), …`. **Errors**: when there is none. */
export function recordsPerSecond(output: string): number {
  const [, rate] = [...output.matchAll(/^\d+ records sent, ([\d.]+) records\/sec/gm)].at(-1) ?? [];
  if (rate === undefined) throw new Error(`ProducerPerformance said no rate: ${output.slice(-500)}`);
  return Number(rate);
}
