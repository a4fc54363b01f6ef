import { Readable } from "node:stream";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { adminTarget, askAdmin } from "../inspect/admin-client.ts";
import { parseOptions } from "./arguments.ts";

const text = { type: "string" } as const;
const lineEnd = 0x0a;
const options = {
  config: text,
  admin: text,
  at: text,
  output: text,
  limit: text,
  sample: text,
  where: { ...text, multiple: true },
} as const;

/** `tap --config FILE|--admin URL …`: events of a running processor, as they pass. */
export const tapCommand: AppCommand<Config> = {
  usage:
    "--config FILE|--admin URL [--at POINT] [--output NAME] [--where 'FIELD=VALUE' …] [--limit N] [--sample N]: live events of a running processor, as NDJSON",
  details: [
    "POINT: input (masked, before the buffer), buffer (as an output reads it), output (behind its filters; the default), or the name of a filter or condition in the graph",
    "--where takes =, !=, >, >=, <, <= or ~ (a pattern), and events for which all of them hold are shown; --sample N looks at one event in N",
    '{"tap":{"leftOut":N}} tells of events that there was no time, or no room, for: the processor never waits for a tap',
  ],
  async run(args, { loadConfig, env }) {
    const { values, positionals } = parseOptions("tap", args, options);
    const [word] = positionals;
    if (word !== undefined) throw new StartError(`tap: takes flags alone, found "${word}"`);
    const { config, admin, where = [], ...wish } = values;
    const target = adminTarget("tap", { config: config === undefined ? undefined : loadConfig(config), url: admin, env });
    const query = new URLSearchParams([...Object.entries(wish), ...where.map((one): [string, string] => ["where", one])]);
    await print(await askAdmin("tap", target, `/tap?${query.toString()}`));
  },
};

/** Writes as fast as standard output takes it. Ends when the processor, or who reads, does. */
async function print({ body }: Response): Promise<void> {
  if (body === null) return;
  const chunks = Readable.fromWeb(body);
  let isReaderGone = false;
  let isAtStart = true;
  process.stdout.on("error", () => {
    isReaderGone = true;
    chunks.destroy();
  });
  try {
    for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
      // An empty line is the processor's sign of life.
      const isSign = isAtStart && chunk.length === 1;
      isAtStart = chunk.at(-1) === lineEnd;
      if (!isSign && !process.stdout.write(chunk)) await Promise.race([once("drain"), once("error"), once("close")]);
    }
  } catch (error) {
    if (isReaderGone) return;
    throw new StartError("tap: the connection was cut: the processor has stopped, or cannot be reached any more", { cause: error });
  }
}

function once(event: "drain" | "error" | "close"): Promise<void> {
  return new Promise((resolve) => process.stdout.once(event, () => resolve()));
}
