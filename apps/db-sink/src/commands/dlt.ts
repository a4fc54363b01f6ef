import { randomUUID } from "node:crypto";
import { systemClock } from "@gatelog/pipeline";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import { type ConsumedBatch, createProducer, readToEnd, removeGroup } from "@gatelog/topic";
import type { Config } from "../config.ts";
import { isMeant, letterHead, type LetterFilter, type PlacedLetter, wholeLetter } from "../dead-letter-view.ts";
import { DeadLetters } from "../dead-letters.ts";
import { LetterReplay } from "../replay-letters.ts";
import { deadLetterGroup, deadLetterTopic, topicNames, type TopicTlsOptions } from "../topics.ts";
import { type CommandInput, readCommand } from "./arguments.ts";
import { stderrLine } from "./stderr-line.ts";

/** Files that change while a command runs are not worth a word. */
const tls: TopicTlsOptions = { clock: systemClock, onReload: () => {}, onUnusable: () => {} };
const text = { type: "string" } as const;
const options = { config: text, topic: text, from: text, to: text, offset: text, reason: text, json: { type: "boolean" } } as const;
const actions = ["list", "show", "replay"] as const;

/** A full log of dead letters has room when what is replayed is done, which may wait for this: a replay does not, ms. */
const keepTimeoutMs = 60_000;

/** What a command works with. */
interface Job {
  readonly config: Config;
  readonly topics: readonly string[];
  readonly filter: LetterFilter;
  readonly json: boolean;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** `dlt list|show|replay --config FILE`: the messages that the database refused, also while db-sink runs. */
export const deadLetterCommand: AppCommand<Config> = {
  usage: `${actions.join("|")} --config FILE [--topic NAME] [--from T] [--to T] [--offset P/N] [--reason TEXT] [--json]: the dead letters`,
  details: [
    "list: a line each: TOPIC PARTITION/OFFSET TIME CODE ID REASON; show: all of each, with its line and headers",
    "replay: writes them to the database as the service would, with the same key; what is refused again stays a dead letter, and the exit code is 1",
    "replay without a filter remembers how far it came (group <group>.dlt): the next one goes on from there, with what was refused again",
    "--topic: only those of one topic, by its own name; --from, --to: by the time of the refusal, ISO UTC, such as 2026-11-23T08:00:00Z",
    "--offset: one letter by its place as listed; --reason: letters whose code or reason has this text",
  ],
  async run(args, { loadConfig, print, onInterrupt }) {
    const input = readCommand("dlt", args, options);
    const [action, ...more] = input.words;
    if (!actions.some((known) => known === action) || more.length > 0) {
      throw new StartError(`dlt: say one of ${actions.join(", ")}, found "${input.words.join(" ")}"`);
    }
    const filter = filterOf(input);
    const config = loadConfig(input.needed("config"));
    const stop = new AbortController();
    onInterrupt(() => stop.abort());
    const job: Job = { config, topics: topicsOf(input, config), filter, json: input.isSet("json"), print, signal: stop.signal };
    try {
      await (action === "replay" ? replay(job) : show(job, action === "list" ? letterHead : wholeLetter));
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(`dlt: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  },
};

async function show(job: Job, view: (letter: PlacedLetter) => object): Promise<void> {
  let count = 0;
  await readAside(job, (letters) => {
    count += letters.length;
    for (const letter of letters) job.print(job.json || view === wholeLetter ? JSON.stringify(view(letter)) : asLine(letter));
    return Promise.resolve();
  });
  if (!job.json) job.print(`${count} dead letter${count === 1 ? "" : "s"}`);
}

async function replay(job: Job): Promise<void> {
  const { config, filter, signal } = job;
  const isAll = Object.values(filter).every((part) => part === undefined);
  const keeper = new DeadLetters((topic) => createProducer(deadLetterTopic(config.topic, tls, topic), {}));
  const replayer = new LetterReplay({
    config,
    onTrouble: stderrLine,
    // What is behind the progress is not read again: it goes to the end. Else it stays where it is.
    ...(isAll ? { keepAgain: (rejected) => keeper.keep(rejected, systemClock.now(), AbortSignal.timeout(keepTimeoutMs)) } : {}),
  });
  signal.addEventListener("abort", () => replayer.giveUp(), { once: true });
  let count = 0;
  const work = async (letters: readonly PlacedLetter[]) => {
    await replayer.replay(letters);
    count += letters.length;
  };
  try {
    await (isAll ? readOn(job, work) : readAside(job, work));
  } finally {
    await keeper.stop();
    await replayer.close();
  }
  const { refused } = replayer;
  job.print(job.json ? JSON.stringify({ replayed: count - refused, refused }) : `${count - refused} replayed, ${refused} refused again`);
  if (refused > 0) throw new StartError(`dlt: ${refused} refused again: \`dlt list\` says why`);
}

type Work = (letters: readonly PlacedLetter[]) => Promise<void>;

/** Reads on from where the last replay came to. */
async function readOn({ config, topics, signal }: Job, work: Work): Promise<void> {
  for (const topic of topics) {
    const place = { ...deadLetterTopic(config.topic, tls, topic), group: deadLetterGroup(config.topic) };
    await readToEnd({ ...place, outOfRange: "earliest" }, (batch) => work(lettersOf(topic, batch)), { signal });
  }
}

/** Reads all that are kept, and leaves the progress of replays alone. */
async function readAside({ config, topics, filter, signal }: Job, work: Work): Promise<void> {
  for (const topic of topics) {
    const place = { ...deadLetterTopic(config.topic, tls, topic), group: `gatelog-dlt-${randomUUID().slice(0, 8)}` };
    try {
      await readToEnd(place, (batch) => work(lettersOf(topic, batch).filter((letter) => isMeant(letter, filter))), { signal });
    } finally {
      // One that was never made, or cannot be removed now, holds nothing on Kafka for long.
      await removeGroup(place).catch(() => undefined);
    }
  }
}

function lettersOf(topic: string, { partition, messages }: ConsumedBatch): readonly PlacedLetter[] {
  return messages.map((message) => ({ topic, partition, message }));
}

function asLine(letter: PlacedLetter): string {
  const { topic, place, at, code, id, reason } = letterHead(letter);
  return [topic, place, at, code, id, JSON.stringify(reason)].join(" ");
}

function topicsOf(input: CommandInput, { topic }: Config): readonly string[] {
  const names = topicNames(topic);
  const given = input.text("topic");
  if (given === undefined) return names;
  if (names.includes(given)) return [given];
  throw new StartError(`dlt: --topic ${given} is not read by this configuration; it has ${names.join(", ")}`);
}

function filterOf(input: CommandInput): LetterFilter {
  const offset = input.text("offset");
  if (offset !== undefined && !/^(\d{1,9}\/)?\d{1,18}$/.test(offset)) {
    throw new StartError(`dlt: --offset takes a place as listed, such as 0/17, found "${offset}"`);
  }
  return {
    fromMs: timeOf("from", input.text("from")),
    toMs: timeOf("to", input.text("to")),
    place: offset === undefined || offset.includes("/") ? offset : `0/${offset}`,
    reason: input.text("reason"),
  };
}

function timeOf(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const timeMs = Date.parse(given);
  if (Number.isNaN(timeMs)) throw new StartError(`dlt: --${name} takes a time such as 2026-11-23T08:00:00Z, found "${given}"`);
  return timeMs;
}
