import { join } from "node:path";
import { backOff, DeliveryError } from "@gatelog/pipeline";
import { openCursor, removeCursor } from "@gatelog/segment-log";
import { type AppContext, StartError } from "@gatelog/service-kit";
import { type Config, outputName } from "./config.ts";
import { deadLetterCursor } from "./dead-letters.ts";
import { DurableLog } from "./durable-log.ts";
import type { Reports } from "./reports.ts";

export interface OpenLogsOptions {
  readonly context: Pick<AppContext<Config>, "config" | "clock">;
  readonly reports: Reports;
}

/**
 * Opens the buffer with one cursor for each output.
 *
 * **Errors**: StartError when another processor has it, when the disk refuses, and when it holds events for an output that
 * the configuration no longer has and does not name in `abandonedOutputs`: they would hold its space for ever, or be lost unsaid.
 */
export async function openBuffer(options: OpenLogsOptions): Promise<DurableLog> {
  const { config } = options.context;
  const dir = join(config.buffer.dir, "events");
  const removed: string[] = [];
  const buffer = await open(options, {
    dir,
    bytesMax: config.buffer.bytesMax,
    cursors: config.outputs.map(outputName),
    onUnlisted: (name) => removed.push(name),
  });
  try {
    for (const name of removed) await settleRemovedOutput(options, dir, name);
  } catch (error) {
    await buffer.close();
    throw error;
  }
  return buffer;
}

/** Opens the dead letters' log. **Errors**: StartError as for the buffer. */
export function openDeadLetterLog(options: OpenLogsOptions): Promise<DurableLog> {
  const { config } = options.context;
  const dir = join(config.buffer.dir, "dead-letters");
  return open(options, { dir, bytesMax: config.deadLetters.bytesMax, cursors: [deadLetterCursor] });
}

async function open(
  { context, reports }: OpenLogsOptions,
  log: {
    readonly dir: string;
    readonly bytesMax: number;
    readonly cursors: readonly string[];
    readonly onUnlisted?: (cursor: string) => void;
  },
): Promise<DurableLog> {
  try {
    return await DurableLog.open({
      ...log,
      clock: context.clock,
      retry: backOff(context.config.retry),
      onEvent: (event) => {
        if (event.type === "cursor-unlisted" && event.cursor !== undefined) log.onUnlisted?.(event.cursor);
        else reports.log(event, { dir: log.dir });
      },
      onRetry: (error) =>
        reports.say({ code: "GATELOG_PROCESSOR_BUFFER_RETRYING", level: "error", message: error.message, error }, { dir: log.dir }),
    });
  } catch (error) {
    throw startError(error, log.dir);
  }
}

function startError(error: unknown, dir: string): unknown {
  if (!(error instanceof DeliveryError)) return error;
  if (error.code === "GATELOG_SEGMENT_LOG_LOCKED") {
    return new StartError(`buffer.dir: another processor uses ${dir}; stop that one or give this one its own buffer.dir`, { cause: error });
  }
  return new StartError(`buffer.dir: cannot open ${dir}: ${error.message}`, { cause: error });
}

async function settleRemovedOutput({ context, reports }: OpenLogsOptions, dir: string, name: string): Promise<void> {
  const cursor = await openCursor({ dir, name });
  const left = cursor.lag();
  await cursor.close();
  if (left > 0 && !context.config.abandonedOutputs.includes(name)) {
    throw new StartError(
      `outputs: the buffer ${dir} holds ${left} events for the output ${name}, which the configuration no longer has; ` +
        `add it back until they are written, or write "abandonedOutputs: [${name}]" to give them up`,
    );
  }
  await removeCursor({ dir, name });
  const message = `the output ${name} is no longer configured; ${left} events that it had not written are given up`;
  reports.say({ code: "GATELOG_PROCESSOR_OUTPUT_REMOVED", level: left > 0 ? "warn" : "info", message }, { output: name });
}
