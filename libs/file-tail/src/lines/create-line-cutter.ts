import { FileTailError } from "../errors.ts";
import { encodings, type LineOptions, type MultilineOptions, type ParserOptions } from "../types.ts";
import { ContainerStage } from "./container-stage.ts";
import type { LineCutter, OverlongLine } from "./line-cutter.ts";
import { LineEnd } from "./line-end.ts";
import { LineFilter } from "./line-filter.ts";
import type { LineStage, StageBounds } from "./line-item.ts";
import { LineSource } from "./line-source.ts";
import { MultilineStage } from "./multiline-stage.ts";
import { NdjsonStage } from "./ndjson-stage.ts";
import { checkParsers } from "./parser-rules.ts";
import { PlainCutter } from "./plain-cutter.ts";
import { StagedCutter } from "./staged-cutter.ts";
import { textEncodingOf } from "./text-encoding.ts";

export interface LineCutterOptions {
  readonly lineBytesMax: number;
  readonly onOverlong?: ((line: OverlongLine) => void) | undefined;
}

/** Bytes of what ends a line, at most. */
export const delimiterBytesMax = 16;
/** How long the next line, or the rest of one, is waited for. */
const idleFlushMsDefault = 5000;

/** The cutter for files that are read so. **Errors**: GATELOG_FILE_TAIL_LINES for options that do not fit together, naming the option. */
export function createLineCutter(lines: LineOptions, { lineBytesMax, onOverlong }: LineCutterOptions): LineCutter {
  const { overlong = "cut", parsers = [], includeLines = [], excludeLines = [], encoding = "utf-8", delimiter = "\n" } = lines;
  if (overlong !== "cut" && overlong !== "skip") throw refusal(`overlong is ${String(overlong)}: give cut or skip.`);
  checkParsers(parsers);
  const source = new LineSource({ ...formOf(lines), lineBytesMax, overlong });
  const stages = stagesOf(parsers, source);
  const staged = new StagedCutter({ source, stages, filter: new LineFilter(lines), idleFlushMs: idleFlushMsOf(parsers), onOverlong });
  const isPlain = encoding === "utf-8" && delimiter === "\n" && parsers.length + includeLines.length + excludeLines.length === 0;
  return isPlain ? new PlainCutter({ lineBytesMax, overlong, onOverlong, mending: staged }) : staged;
}

function formOf({ encoding: name = "utf-8", delimiter: text = "\n" }: LineOptions) {
  if (!encodings.includes(name)) throw refusal(`encoding ${name} is not known: give one of ${encodings.join(", ")}.`);
  const encoding = textEncodingOf(name);
  const delimiter = encoding.encode(text);
  if (delimiter === undefined) throw refusal(`delimiter cannot be looked for in ${name}: give characters of ASCII.`);
  if (delimiter.length === 0 || delimiter.length > delimiterBytesMax)
    throw refusal(`delimiter has ${delimiter.length} bytes in ${name}: give 1 to ${delimiterBytesMax}.`);
  const optional = text === "\n" ? encoding.encode("\r") : undefined;
  return { encoding, lineEnd: new LineEnd({ encoding, delimiter, optional }) };
}

function stagesOf(parsers: readonly ParserOptions[], source: LineSource): LineStage[] {
  const { lineBytesMax } = source.options;
  const stages: LineStage[] = [];
  let upstream: StageBounds = source;
  for (const [index, parser] of parsers.entries()) {
    const stage = stageOf(parser, { option: `parsers[${index}]`, lineBytesMax, upstream });
    stages.push(stage);
    upstream = stage;
  }
  return stages;
}

interface StagePlace {
  readonly option: string;
  readonly lineBytesMax: number;
  readonly upstream: StageBounds;
}

function stageOf(parser: ParserOptions, { option, lineBytesMax, upstream }: StagePlace): LineStage {
  if ("container" in parser) return new ContainerStage({ ...parser.container, lineBytesMax }, upstream);
  if ("ndjson" in parser) return new NdjsonStage(parser.ndjson, upstream);
  return new MultilineStage({ multiline: parser.multiline, option: `${option}.multiline`, lineBytesMax }, upstream);
}

function idleFlushMsOf(parsers: readonly ParserOptions[]): number | undefined {
  const waiting = parsers.filter((parser) => !("ndjson" in parser));
  if (waiting.length === 0) return undefined;
  const multiline = parsers.find((parser): parser is { multiline: MultilineOptions } => "multiline" in parser)?.multiline;
  return multiline?.flushMs ?? idleFlushMsDefault;
}

function refusal(message: string): FileTailError {
  return new FileTailError("GATELOG_FILE_TAIL_LINES", message);
}
