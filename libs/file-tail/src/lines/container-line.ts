import type { ContainerOptions } from "../types.ts";
import { type Fields, isFields } from "./merge-fields.ts";
import type { TextArena, TextSpan } from "./text-arena.ts";

/** A line that a container runtime wrote around what a program did. */
export interface ContainerLine {
  readonly fields: Fields;
  readonly timestamp: string | undefined;
  readonly stream: string;
  /** What the program wrote, without its line end. */
  readonly text: TextSpan;
  /** The program's line goes on in the next one of its stream. */
  readonly isPartial: boolean;
}

const space = 0x20;
const openingBrace = 0x7b;
/** Longer than any time, stream or tag. */
const wordBytesMax = 64;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:Z|[+-]\d\d:\d\d)$/;
const streams: ReadonlySet<string> = new Set(["stdout", "stderr"]);

/** What the runtime's line says; undefined where it is in none of the formats asked for. */
export function readContainerLine(
  line: TextSpan,
  format: NonNullable<ContainerOptions["format"]>,
  arena: TextArena,
): ContainerLine | undefined {
  const isDocker = format === "docker" || (format === "auto" && line.buffer[line.start] === openingBrace);
  return isDocker ? readDockerLine(line, arena) : readCriLine(line);
}

/**
 * A line of the Container Runtime Interface: time, stream and tags, and what was written.
 *
 * **Shape**: `2026-11-23T10:00:00.123456789Z stdout F text`; tags are separated by colons, the first is `F` for full or `P` for partial.
 */
function readCriLine({ buffer, start, end }: TextSpan): ContainerLine | undefined {
  const timeEnd = wordEnd(buffer, start, end);
  const streamEnd = wordEnd(buffer, timeEnd + 1, end);
  const tagsEnd = wordEnd(buffer, streamEnd + 1, end);
  const timestamp = buffer.toString("latin1", start, timeEnd);
  const stream = buffer.toString("latin1", Math.min(timeEnd + 1, end), streamEnd);
  const [tag] = buffer.toString("latin1", Math.min(streamEnd + 1, end), tagsEnd).split(":", 1);
  if ((tag !== "F" && tag !== "P") || !streams.has(stream) || !timePattern.test(timestamp)) return undefined;
  const text = { buffer, start: Math.min(tagsEnd + 1, end), end };
  return { stream, timestamp, fields: { stream }, text, isPartial: tag === "P" };
}

/** Where the word from `from` on ends: at a space, at the end, or where it is too long to be one. */
function wordEnd(buffer: Buffer, from: number, end: number): number {
  const limit = Math.min(end, from + wordBytesMax);
  let at = Math.min(from, end);
  while (at < limit && buffer[at] !== space) at += 1;
  return at;
}

/**
 * A line of Docker's json-file.
 *
 * **Shape**: `{"log":"text\n","stream":"stdout","time":"2026-11-23T10:00:00.123456789Z"}`; without `\n` it is partial; `attrs` holds labels.
 */
function readDockerLine({ buffer, start, end }: TextSpan, arena: TextArena): ContainerLine | undefined {
  const line = parseObject(buffer.toString("utf8", start, end));
  const log = line?.["log"];
  if (line === undefined || typeof log !== "string") return undefined;
  const { stream, time, attrs } = line;
  const streamName = typeof stream === "string" ? stream : "";
  const named = streamName === "" ? {} : { stream: streamName };
  return {
    stream: streamName,
    fields: isFields(attrs) ? { ...named, docker: { attrs } } : named,
    timestamp: typeof time === "string" ? time : undefined,
    text: arena.write(withoutLineEnd(log)),
    isPartial: !log.endsWith("\n"),
  };
}

function withoutLineEnd(text: string): string {
  if (!text.endsWith("\n")) return text;
  return text.slice(0, text.endsWith("\r\n") ? -2 : -1);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
