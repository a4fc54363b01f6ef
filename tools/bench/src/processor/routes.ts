import { describeRun } from "./report.ts";
import { measureThroughput, type Throughput, type ThroughputPlan } from "./throughput.ts";

/** The servers that outputs write to. */
export interface Servers {
  readonly brokers: readonly string[];
  readonly url: string;
}

/** From the senders to the outputs. */
export interface Route {
  readonly name: string;
  /** Whether a ratio or a main figure comes from it: it runs in every round, the others in the first one. */
  readonly isMain: boolean;
  readonly events: number;
  readonly plan: (run: number) => Pick<ThroughputPlan, "sending" | "outputs">;
}

/** The names that ratios and main figures are made of. */
export const mainNames = { discard: "discard, 2 connections", kafka: "Kafka, raw", elasticsearch: "Elasticsearch, ECS" } as const;

/** Event numbers that one run may use: Elasticsearch knows an event again by its id. */
const numbersOfRun = 100_000_000;

/** All routes that are measured. A topic and an index of its own for each run: an older one would be a larger one. */
export function routesOf(
  { brokers, url }: Servers,
  events: { readonly discard: number; readonly kafka: number; readonly elasticsearch: number },
): Route[] {
  const kafka = (run: number) => ({ topic: { kafka: { brokers }, name: `bench-${run}`, value: "raw" }, as: "kafka" });
  const elasticsearch = (run: number) => ({ elasticsearch: { nodes: [url], index: `bench-${run}` }, as: "elasticsearch" });
  const route = (
    name: string,
    count: number,
    options: { connections?: number; compressionLevel?: number; outputs: (run: number) => { as: string }[] },
  ) => ({
    name,
    events: count,
    isMain: Object.values<string>(mainNames).includes(name),
    plan: (run: number) => ({
      outputs: options.outputs(run),
      sending: {
        connections: options.connections ?? 2,
        compressionLevel: options.compressionLevel ?? 0,
        events: count,
        firstEvent: run * numbersOfRun,
      },
    }),
  });
  const discard = () => [{ discard: {}, as: "discard" }];
  return [
    route(mainNames.discard, events.discard, { outputs: discard }),
    route("discard, 1 connection", events.discard, { connections: 1, outputs: discard }),
    route("discard, 8 connections", events.discard, { connections: 8, outputs: discard }),
    route("discard, 2 connections, compressed", events.discard, { compressionLevel: 3, outputs: discard }),
    route(mainNames.kafka, events.kafka, { outputs: (run) => [kafka(run)] }),
    route(mainNames.elasticsearch, events.elasticsearch, { outputs: (run) => [elasticsearch(run)] }),
    route("Kafka and Elasticsearch", events.elasticsearch, { outputs: (run) => [kafka(run), elasticsearch(run)] }),
  ];
}

/** Lets the events go along every route in turn. */
export async function runRoutes(
  routes: readonly Route[],
  { rounds, bundle, sender }: { readonly rounds: number; readonly bundle: string; readonly sender: string },
  say: (text: string) => void,
): Promise<Map<string, Throughput[]>> {
  const runs = new Map<string, Throughput[]>(routes.map(({ name }) => [name, []]));
  let run = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, plan } of routes.filter(({ isMain }) => isMain || round === 0)) {
      run += 1;
      const throughput = await measureThroughput({ name, bundle, sender, ...plan(run) });
      runs.get(name)?.push(throughput);
      say(`round ${round + 1}/${rounds}  ${describeRun(name, throughput)}`);
    }
  }
  return runs;
}
