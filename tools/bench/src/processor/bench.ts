import { join } from "node:path";
import { startElasticsearch, startKafka, temporaryDirectory } from "@gatelog/testkit";
import { buildApp } from "../build-app.ts";
import { benchDirectory } from "../clean-up.ts";
import { describeCommit, describeMachine } from "../machine.ts";
import { profilerArguments, reportProfile } from "../profile-report.ts";
import { type Figures, writeResults } from "../results.ts";
import { median, rounded } from "../statistics.ts";
import { measureBulkLoop } from "./bulk-loop.ts";
import { measureProducerPerformance } from "./kafka-perf.ts";
import { measureOutage } from "./outage.ts";
import { buildPrograms, type Programs } from "./programs.ts";
import { describeRun, judge, routesTable, summarise } from "./report.ts";
import { mainNames, type Route, routesOf, runRoutes, type Servers } from "./routes.ts";
import { sampleDocument } from "./sample-document.ts";
import { measureSearchable } from "./searchable.ts";
import { measureThroughput } from "./throughput.ts";

/** How much of everything. */
interface Plan {
  readonly rounds: number;
  readonly events: { readonly discard: number; readonly kafka: number; readonly elasticsearch: number };
  readonly samples: number;
  readonly bufferBytesMax: number;
}

const MiB = 1024 * 1024;
const fullPlan: Plan = {
  rounds: 3,
  events: { discard: 1_000_000, kafka: 600_000, elasticsearch: 200_000 },
  samples: 100,
  bufferBytesMax: 1024 * MiB,
};
const quickPlan: Plan = {
  rounds: 1,
  events: { discard: 300_000, kafka: 200_000, elasticsearch: 60_000 },
  samples: 20,
  bufferBytesMax: 256 * MiB,
};
/** As the processor's bulk requests are: 4 MiB of events of 700 bytes. */
const requestDocuments = 2000;
const requestsAtOnce = 2;
/** Other events while one is searched for. */
const searchableEventsPerSecond = 4096;
/** About what each route can do, so that a profile takes about its time. */
const profiledEventsPerSecond = { discard: 60_000, kafka: 15_000, elasticsearch: 4_000 } as const;
type ProfiledRoute = keyof typeof profiledEventsPerSecond;

type Say = (text: string) => void;

/** What the command line says. */
export interface ProcessorBenchOptions {
  /** Fewer events and rounds; nothing is written. */
  readonly isQuick: boolean;
  /** A built `main.js` of the processor to measure; by default this tree's is built. */
  readonly bundle: string | undefined;
  /** Profiles ours for about so long, instead of comparing. */
  readonly profileSeconds: number | undefined;
  /** The output that is profiled: `discard`, `kafka` or `elasticsearch`. */
  readonly route: string;
}

interface Bench {
  readonly bundle: string;
  readonly programs: Programs;
  readonly directory: string;
  readonly plan: Plan;
}

/** Measures the processor beside Kafka's own producer and a bare loop of bulk requests. */
export async function benchProcessor(options: ProcessorBenchOptions, say: Say): Promise<void> {
  if (process.platform !== "linux") throw new Error("this bench needs Linux: it reads CPU time and memory from /proc");
  const machine = describeMachine();
  const bundle = options.bundle ?? buildApp("processor");
  const directory = await benchDirectory("processor");
  try {
    const plan = options.isQuick ? quickPlan : fullPlan;
    const bench = { bundle, plan, directory: directory.path, programs: await buildPrograms(join(directory.path, "programs")) };
    if (options.profileSeconds !== undefined)
      return await profile(bench, { seconds: options.profileSeconds, route: checkedRoute(options.route) }, say);
    const { ratios, figures } = await benchAll(bench, say);
    if (options.isQuick) return;
    say(`\nwritten: ${writeResults({ name: "processor", commit: describeCommit(), machine, rounds: plan.rounds, ratios, figures })}`);
  } finally {
    await directory.remove();
  }
}

async function benchAll(bench: Bench, say: Say): Promise<{ ratios: Record<string, number>; figures: Figures }> {
  const { bundle, programs, plan } = bench;
  const outage = await measureOutage({ bundle, sender: programs.sender, connections: 4, bufferBytesMax: plan.bufferBytesMax });
  say(`no output answers, ${outage.events} events until the buffer is full: peak ${outage.rssMiB.toFixed(0)} MiB`);
  const kafka = await startKafka();
  const elasticsearch = await startElasticsearch();
  try {
    return await beside({ brokers: kafka.brokers, url: elasticsearch.url }, { ...bench, outageRssMiB: outage.rssMiB }, say);
  } finally {
    await elasticsearch.stop();
    await kafka.stop();
  }
}

async function beside(servers: Servers, bench: Bench & { readonly outageRssMiB: number }, say: Say) {
  const { bundle, programs, plan, outageRssMiB } = bench;
  const producerPerformance: number[] = [];
  const bareBulk: number[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    producerPerformance.push(await producerRound(servers, bench, round));
    bareBulk.push(await bulkRound(servers, bench, round));
    say(
      `round ${round + 1}/${plan.rounds}  ProducerPerformance ${producerPerformance.at(-1)?.toFixed(0)} events/s, bare bulk loop ${bareBulk.at(-1)?.toFixed(0)} documents/s`,
    );
  }
  const runs = await runRoutes(routesOf(servers, plan.events), { rounds: plan.rounds, bundle, sender: programs.sender }, say);
  const searchable = await measureSearchable({
    bundle,
    sender: programs.sender,
    url: servers.url,
    index: "searchable",
    samples: plan.samples,
    eventsPerSecond: searchableEventsPerSecond,
  });
  const summaries = Object.fromEntries([...runs].map(([name, each]) => [name, summarise(each)]));
  const of = (name: string, figure: string) => summaries[name]?.[figure] ?? NaN;
  const ratios = {
    kafkaVsProducerPerf: rounded(of(mainNames.kafka, "eventsPerSecond") / median(producerPerformance), 3),
    elasticsearchVsBareBulk: rounded(of(mainNames.elasticsearch, "eventsPerSecond") / median(bareBulk), 3),
  };
  const main = {
    nullEventsPerSecond: of(mainNames.discard, "eventsPerSecond"),
    cpuMicrosPerEvent: of(mainNames.discard, "cpuMicrosPerEvent"),
    rssMiB: rounded(outageRssMiB, 1),
    searchableP99Ms: rounded(searchable.p99Ms, 0),
  };
  say(`\n${routesTable(summaries)}\n`);
  for (const [name, value] of Object.entries({ ...ratios, ...main })) say(`${name.padEnd(28)} ${value}`);
  say(`\n${judge({ ...ratios, ...main }).join("\n")}`);
  const peers = { producerPerformance: Math.round(median(producerPerformance)), bareBulk: Math.round(median(bareBulk)) };
  return {
    ratios,
    figures: {
      ...main,
      routes: summaries,
      peers,
      searchable: { p50Ms: rounded(searchable.p50Ms, 0), p99Ms: rounded(searchable.p99Ms, 0) },
    },
  };
}

function producerRound({ brokers }: Servers, { plan, directory }: Bench, round: number): Promise<number> {
  return measureProducerPerformance({ brokers, topic: `performance-${round}`, events: plan.events.kafka, directory });
}

function bulkRound({ url }: Servers, { plan, programs, directory }: Bench, round: number): Promise<number> {
  const options = {
    url,
    index: `gatelog-bare-${round}-2026.11.23`,
    documents: plan.events.elasticsearch,
    requestDocuments,
    requestsAtOnce,
    body: sampleDocument(),
  };
  return measureBulkLoop(programs["bulk-loop"], options, join(directory, "bulk-loop.output"));
}

function checkedRoute(route: string): ProfiledRoute {
  if (Object.hasOwn(profiledEventsPerSecond, route)) return route as ProfiledRoute;
  throw new Error(`--route takes ${Object.keys(profiledEventsPerSecond).join(", ")}, found "${route}"`);
}

async function profile(
  bench: Bench,
  { seconds, route }: { readonly seconds: number; readonly route: ProfiledRoute },
  say: Say,
): Promise<void> {
  const kafka = route === "kafka" ? await startKafka() : undefined;
  const elasticsearch = route === "elasticsearch" ? await startElasticsearch() : undefined;
  try {
    const count = seconds * profiledEventsPerSecond[route];
    const events = { discard: count, kafka: count, elasticsearch: count };
    const routes = routesOf({ brokers: kafka?.brokers ?? [], url: elasticsearch?.url ?? "" }, events);
    const { plan } = routes.find(({ name }) => name === mainNames[route]) as Route;
    await profileRun(bench, plan(1), say);
  } finally {
    await elasticsearch?.stop();
    await kafka?.stop();
  }
}

async function profileRun({ bundle, programs }: Bench, plan: ReturnType<Route["plan"]>, say: Say): Promise<void> {
  const profiles = await temporaryDirectory("gatelog-profile-");
  const nodeArguments = profilerArguments(profiles.path);
  const throughput = await measureThroughput({ name: "profiled", bundle, sender: programs.sender, ...plan, nodeArguments });
  say(describeRun("while it was profiled", throughput));
  reportProfile({ directory: profiles.path, span: throughput.span }, say);
}
