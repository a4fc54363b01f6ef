import { type AppCommand, StartError } from "@gatelog/service-kit";
import { Registry } from "prom-client";
import { type Config, outputName } from "../config.ts";
import { DeadLetterStore, type KeptLetter, type LetterFilter } from "../dead-letter-store.ts";
import { letterHead, wholeLetter } from "../dead-letter-view.ts";
import { createMetrics } from "../metrics.ts";
import { LetterReplay } from "../replay-letters.ts";
import { Reports } from "../reports.ts";
import { type CommandInput, readCommand } from "./arguments.ts";
import { counted } from "./counted.ts";
import { stderrLogger } from "./stderr-logger.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const options = { output: text, code: text, since: text, until: text, offset: text, json: flag, yes: flag };
type Print = (line: string) => void;

const actions: Readonly<Record<string, (input: CommandInput, store: DeadLetterStore, print: Print) => Promise<void>>> = {
  list: (input, store, print) => show(input, store, { print, of: input.isSet("json") ? asJson : asLine }),
  show: (input, store, print) => show(input, store, { print, of: input.isSet("json") ? wholeJson : wholeText }),
  replay,
  purge,
};

/** `dlq list|show|replay|purge --config FILE`: the dead letters, also while a processor runs. */
export const deadLetterCommand: AppCommand<Config> = {
  usage: `${Object.keys(actions).join("|")} --config FILE [--output NAME] [--code CODE] [--since T] [--until T] [--offset N] [--json]: the dead letters`,
  details: [
    "list: a line each: OFFSET TIME OUTPUT CODE ID REASON; show: all of each, with its line and fields",
    "replay: writes them to the output that refused them, with the same id; what is refused again stays, with its new reason",
    "purge --yes: gives them up for good",
    "T is ISO UTC, such as 2026-11-23T08:00:00Z",
  ],
  async run(args, tools) {
    const input = readCommand("dlq", args, { actions: Object.keys(actions), options, tools });
    if (input.action === "purge" && !input.isSet("yes")) throw new StartError("dlq purge gives events up for good: add --yes");
    filterOf(input);
    const store = await DeadLetterStore.open(input.config.buffer.dir);
    if (store === undefined) return input.isSet("json") ? undefined : tools.print("there are no dead letters");
    try {
      await actions[input.action]?.(input, store, tools.print);
    } finally {
      await store.close();
    }
  },
};

async function show(
  input: CommandInput,
  store: DeadLetterStore,
  { print, of }: { readonly print: Print; readonly of: (letter: KeptLetter) => string },
): Promise<void> {
  let count = 0;
  await store.walk(filterOf(input), (letters) => {
    for (const letter of letters) print(of(letter));
    count += letters.length;
    return Promise.resolve();
  });
  if (!input.isSet("json")) print(counted(count, "dead letter"));
  checkOutput(input, count);
}

async function replay(input: CommandInput, store: DeadLetterStore, print: Print): Promise<void> {
  const { config, resolvePath } = input;
  const reports = new Reports(stderrLogger, createMetrics(new Registry()));
  const replayer = new LetterReplay({ config, resolvePath, reports });
  const counts = { replayed: 0, refused: 0, withoutOutput: 0 };
  try {
    await store.walk(filterOf(input), async (letters) => {
      const settled = await replayer.replay(letters);
      counts.replayed += settled.done.length;
      counts.refused += settled.refused.length;
      counts.withoutOutput += letters.length - settled.done.length - settled.refused.length;
      return settled;
    });
  } finally {
    await replayer.close();
  }
  const { replayed, refused, withoutOutput } = counts;
  if (input.isSet("json")) print(JSON.stringify(counts));
  else print(`${replayed} replayed, ${refused} refused again, ${withoutOutput} of outputs that the configuration does not have`);
  checkOutput(input, replayed + refused + withoutOutput);
  if (refused > 0) throw new StartError(`dlq: ${refused} refused again: \`dlq list\` says why`);
}

async function purge(input: CommandInput, store: DeadLetterStore, print: Print): Promise<void> {
  let purged = 0;
  await store.walk(filterOf(input), (letters) => {
    purged += letters.length;
    return Promise.resolve({ done: letters.map(({ offset }) => offset), refused: [] });
  });
  print(input.isSet("json") ? JSON.stringify({ purged }) : `${purged} purged`);
  checkOutput(input, purged);
}

/** A misspelt name is not to look as if all were well; letters of an output that is gone may have any. */
function checkOutput({ text: given, config }: CommandInput, found: number): void {
  const output = given("output");
  const names = config.outputs.map(outputName);
  if (found > 0 || output === undefined || names.includes(output)) return;
  throw new StartError(`dlq: no dead letter is of the output ${output}, and there is no such output; there are ${names.join(", ")}`);
}

function filterOf({ text: given }: CommandInput): LetterFilter {
  const offset = given("offset");
  if (offset !== undefined && !/^\d{1,15}$/.test(offset)) throw new StartError(`dlq: --offset takes a number, found "${offset}"`);
  return {
    output: given("output"),
    code: given("code"),
    since: timeOf("since", given("since")),
    until: timeOf("until", given("until")),
    offsets: offset === undefined ? undefined : new Set([Number(offset)]),
  };
}

function timeOf(name: string, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const time = new Date(given);
  if (Number.isNaN(time.getTime())) throw new StartError(`dlq: --${name} takes a time such as 2026-11-23T08:00:00Z, found "${given}"`);
  return time.toISOString();
}

const asJson = (letter: KeptLetter) => JSON.stringify(letterHead(letter));
const wholeJson = (letter: KeptLetter) => JSON.stringify(wholeLetter(letter));
const wholeText = (letter: KeptLetter) => JSON.stringify(wholeLetter(letter), undefined, 2);

function asLine(letter: KeptLetter): string {
  const { offset, time, output, code, id = "-", reason } = letterHead(letter);
  return [offset, time, output, code, id, JSON.stringify(reason)].join(" ");
}
