import { join } from "node:path";
import type { StartOptions } from "./options.ts";

/** The stages in the order in which data flows through them, which is also the order in which they are stopped. */
export const stages = ["gateway", "tailer", "processor", "db-sink", "console"] as const;
export type Stage = (typeof stages)[number];

/** How long each stage may take to stop; together with the demo API less than 30 s. */
export const stopDeadlineMs: Readonly<Record<Stage, number>> = {
  gateway: 6000,
  tailer: 7000,
  processor: 6000,
  "db-sink": 6000,
  console: 3000,
};

/** Ports that were free when the stack was planned. */
export interface Ports {
  readonly admin: Readonly<Record<Stage, number>>;
  readonly demo: number;
}

/** The configuration of every stage, as it is written to `<data>/config/<stage>.yaml` (JSON is YAML). */
export function configurations(options: StartOptions, ports: Ports): Record<Stage, object> {
  const { data } = options;
  const topicName = options.kafka?.topic ?? "kerry";
  const database = options.database ?? `file:${join(data, "gatelog.db")}`;
  const common = (stage: Stage) => ({
    admin: { host: "127.0.0.1", port: ports.admin[stage] },
    shutdownDeadlineMs: stopDeadlineMs[stage] - 500,
  });
  const producer = options.kafka
    ? { kafka: { brokers: [options.kafka.broker] }, name: topicName, value: "raw", compression: "snappy" }
    : { embedded: { dir: join(data, "topic"), groups: ["gatelog-db-sink"] }, name: topicName, value: "raw" };
  const search = options.elasticsearch ? [{ elasticsearch: { nodes: [options.elasticsearch], index: "gatelog" } }] : [];
  const admin = (stage: Stage) => `http://127.0.0.1:${ports.admin[stage]}`;
  return {
    gateway: {
      ...common("gateway"),
      listen: { host: "127.0.0.1", port: options.gatewayPort },
      name: "gw-1",
      log: { dir: join(data, "logs"), format: "v1" },
      masking: { profile: "cn-pipl" },
      routesDir: join(data, "config/routes.d"),
    },
    tailer: {
      ...common("tailer"),
      inputs: [{ id: "gateway", paths: [join(data, "logs/*.log")] }],
      registryDir: join(data, "tailer"),
      output: { lumberjack: { hosts: [`127.0.0.1:${options.beatsPort}`], compressionLevel: 0 } },
    },
    processor: {
      ...common("processor"),
      inputs: [{ beats: { host: "127.0.0.1", port: options.beatsPort } }],
      filters: ["parseRecord", "ecs"],
      outputs: [{ topic: producer }, ...search],
      buffer: { dir: join(data, "processor") },
      drainMsMax: stopDeadlineMs.processor - 1500,
    },
    "db-sink": {
      ...common("db-sink"),
      topic: {
        ...(options.kafka ? { kafka: { brokers: [options.kafka.broker] } } : { embedded: { dir: join(data, "topic") } }),
        name: topicName,
        group: "gatelog-db-sink",
      },
      database: { url: database },
    },
    console: {
      ...common("console"),
      listen: { host: "127.0.0.1", port: options.consolePort },
      gatewayUrl: `http://127.0.0.1:${options.gatewayPort}`,
      stores: { sql: { url: database } },
      settings: { url: `file:${join(data, "console.db")}` },
      stages: { gateway: admin("gateway"), tailer: admin("tailer"), processor: admin("processor"), dbSink: admin("db-sink") },
    },
  };
}

/** What the demo API's answers mean; the same as in apps/gateway/routes.d. */
const demoRules = {
  success: { json: "$.code", in: ["0"] },
  bizCode: { json: "$.code" },
  bizMessage: { json: "$.message" },
  bizKeys: [{ json: "$..orderNo" }],
};

/** The routes file: everything to the user's own service, or the demo API's projects. */
export function routes(options: StartOptions, ports: Ports): object {
  const upstream = options.upstream ?? `http://127.0.0.1:${ports.demo}`;
  const prefixes = options.upstream
    ? { all: "/" }
    : { hello: "/springboot-demo", orders: "/orders", login: "/login", slow: "/slow", error: "/error", large: "/large" };
  return {
    project: options.upstream ? "main" : "demo",
    owner: "you@example.com",
    env: "dev",
    ...(options.upstream === undefined && { rules: demoRules }),
    upstreams: [{ name: "service", servers: [upstream] }],
    routes: Object.entries(prefixes).map(([name, prefix]) => ({ name, prefix, upstream: "service" })),
  };
}
