import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { exitOnSignals } from "./clean-up.ts";
import { benchDbSink } from "./db-sink/bench.ts";
import { benchGateway } from "./gateway/bench.ts";
import { benchProcessor } from "./processor/bench.ts";
import { benchTailer } from "./tailer/bench.ts";

const usage = `usage: npm run bench -- BENCH [options]

gateway   the gateway against nginx with the Lua of the original
processor the processor against Kafka's own producer, and a bare loop of bulk requests
tailer    the tailer against rsyslog, and against reading alone
db-sink   the database sink against consumers by spring-kafka, and against COPY
  --quick            fewer and shorter measurements
  --profile SECONDS  writes a CPU profile instead of measuring, 1 to 600 seconds
  --route NAME       what of the processor is profiled: discard (default), kafka or elasticsearch
  --database NAME    only on postgresql, mariadb or sqlite (db-sink)
  --bundle FILE      measures this build instead of the present code`;

const benches = {
  gateway: (args: readonly string[]) => benchGateway(optionsOf(args), say),
  processor: (args: readonly string[]) => benchProcessor(optionsOf(args), say),
  tailer: (args: readonly string[]) => benchTailer(optionsOf(args), say),
  "db-sink": (args: readonly string[]) => benchDbSink(optionsOf(args), say),
};

/** `npm run bench -- <name>`: measures, prints, writes `tools/bench/results/<name>.json`. */
async function main(): Promise<void> {
  const [name = "", ...args] = process.argv.slice(2);
  if ([name, ...args].some((argument) => argument === "--help" || argument === "-h")) return say(usage);
  const bench = benches[name as keyof typeof benches];
  if (bench === undefined)
    throw new Error(`${name === "" ? "name a bench" : `"${name}" is not a bench`}; there are: ${Object.keys(benches).join(", ")}`);
  await bench(args);
}

/** What the benches of single apps understand. */
function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      profile: { type: "string" },
      route: { type: "string", default: "discard" },
      bundle: { type: "string" },
      database: { type: "string" },
    },
  });
  const profileSeconds = values.profile === undefined ? undefined : secondsOf(values.profile);
  return {
    isQuick: values.quick,
    route: values.route,
    database: values.database,
    bundle: values.bundle && resolve(values.bundle),
    profileSeconds,
  };
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 600) return seconds;
  throw new Error(`--profile takes a number of seconds from 1 to 600, found "${text}"`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

exitOnSignals();
main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
