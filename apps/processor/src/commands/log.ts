import { join } from "node:path";
import { inspect, type LogReport, openSegmentLog, type SegmentLogEvent } from "@gatelog/segment-log";
import { type AppCommand, codeOf, StartError } from "@gatelog/service-kit";
import { type Config, outputName } from "../config.ts";
import { type CommandInput, readCommand } from "./arguments.ts";

/** `log inspect|repair --config FILE`: the buffer as it is on disk. */
export const logCommand: AppCommand<Config> = {
  usage: "inspect|repair --config FILE [--json]: the buffer's segments, its outputs' places and its damage",
  details: [
    "inspect: also while a processor runs, whose newest events may then count as tail",
    "repair: cuts a torn tail and finds a damaged end again, as a start does; damaged records stay where they are and are skipped; not while a processor runs",
  ],
  async run(args, tools) {
    const input = readCommand("log", args, { actions: ["inspect", "repair"], options: { json: { type: "boolean" } }, tools });
    const dir = join(input.config.buffer.dir, "events");
    const before = await look(dir);
    const repairs = input.action === "repair" ? await repair(dir, input) : undefined;
    const report = repairs === undefined ? before : await look(dir);
    if (input.isSet("json")) return tools.print(JSON.stringify(repairs === undefined ? report : { repairs, ...report }, undefined, 2));
    for (const { message } of repairs ?? []) tools.print(message);
    if (repairs?.length === 0) tools.print("there was nothing to repair");
    for (const line of describe(report)) tools.print(line);
  },
};

async function repair(dir: string, { config }: CommandInput): Promise<SegmentLogEvent[]> {
  const events: SegmentLogEvent[] = [];
  try {
    const log = await openSegmentLog({
      dir,
      bytesMax: config.buffer.bytesMax,
      cursors: config.outputs.map(outputName),
      onEvent: (event) => events.push(event),
    });
    await log.close();
  } catch (error) {
    if (codeOf(error) === "GATELOG_SEGMENT_LOG_LOCKED")
      throw new StartError(`log repair: a processor uses ${dir}: stop it first`, { cause: error });
    throw new StartError(`log repair: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return events;
}

async function look(dir: string): Promise<LogReport> {
  try {
    return await inspect({ dir });
  } catch (error) {
    if (codeOf(error) === "GATELOG_SEGMENT_LOG_MISSING")
      throw new StartError(`there is no buffer in ${dir}: no processor with this buffer.dir was started yet`, { cause: error });
    throw new StartError(`the buffer in ${dir} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function describe({ dir, segments, cursors, published, bytes, records }: LogReport): string[] {
  return [
    ...segments.map(
      (one) =>
        `${one.file}: from ${one.firstOffset}, ${one.records} events, ${one.bytes} bytes` +
        (one.corrupt > 0 ? `, damaged in ${one.corrupt} places, ${one.recordsLost} events lost` : "") +
        (one.tailBytes > 0 ? `, ${one.tailBytes} bytes of tail` : ""),
    ),
    ...cursors.map(({ name, committed, lag }) =>
      committed === undefined ? `output ${name}: its place is damaged` : `output ${name}: at ${committed}, ${lag ?? "?"} to write`,
    ),
    `${dir}: ${records} events in ${segments.length} segments, ${bytes} bytes, ends at ${published?.next ?? "an unreadable place"}`,
  ];
}
