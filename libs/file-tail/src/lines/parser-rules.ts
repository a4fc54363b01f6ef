import { FileTailError } from "../errors.ts";
import type { MultilineOptions, ParserOptions } from "../types.ts";

const multilineTypes = ["pattern", "count", "while"] as const;
const parserNames = ["container", "multiline", "ndjson"] as const;

/** Checks that parsers make sense in their order. **Errors**: GATELOG_FILE_TAIL_LINES, naming the option. */
export function checkParsers(parsers: readonly ParserOptions[]): void {
  let multilines = 0;
  for (const [index, parser] of parsers.entries()) {
    const option = `parsers[${index}]`;
    const names = Object.keys(parser);
    if (names.length !== 1 || !parserNames.some((name) => name === names[0]))
      throw refusal(`${option} names ${names.join(", ") || "nothing"}: give one of ${parserNames.join(", ")}.`);
    if ("container" in parser && index > 0)
      throw refusal(`${option}.container has to be the first parser, for it reads what the container runtime wrote.`);
    if ("multiline" in parser) {
      multilines += 1;
      if (multilines > 1) throw refusal(`${option}.multiline is the second one: lines can be joined once.`);
      checkMultiline(parser.multiline, `${option}.multiline`);
    }
  }
}

function checkMultiline(options: MultilineOptions, option: string): void {
  const { type, linesMax, bytesMax, flushMs } = options;
  if (!multilineTypes.includes(type)) throw refusal(`${option}.type is ${type}: give one of ${multilineTypes.join(", ")}.`);
  checkCount(linesMax, `${option}.linesMax`);
  checkCount(bytesMax, `${option}.bytesMax`);
  checkCount(flushMs, `${option}.flushMs`);
  if (options.type === "count") {
    checkCount(options.count, `${option}.count`);
    if (linesMax !== undefined && linesMax < options.count)
      throw refusal(`${option}.count is over linesMax, so that no event would ever have so many lines: raise linesMax.`);
  }
  if (options.type === "pattern" && options.match !== "after" && options.match !== "before")
    throw refusal(`${option}.match is ${String(options.match)}: give after or before.`);
}

function checkCount(value: number | undefined, option: string): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) throw refusal(`${option} is ${value}: give an integer over 0.`);
}

function refusal(message: string): FileTailError {
  return new FileTailError("GATELOG_FILE_TAIL_LINES", message);
}
