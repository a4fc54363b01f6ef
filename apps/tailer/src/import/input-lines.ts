import { createLineCutter, type Encoding, FileTailError } from "@gatelog/file-tail";
import { readPatterns } from "./patterns.ts";
import type { Settings } from "./settings.ts";
import type { TargetInput } from "./target.ts";

type LineOptions = Pick<TargetInput, "encoding" | "delimiter" | "includeLines" | "excludeLines">;

/** How an input takes bytes for lines, and which of them it leaves out. */
export function convertLines(settings: Settings): LineOptions {
  const encoding = convertEncoding(settings);
  return {
    encoding,
    delimiter: convertTerminator(settings, encoding),
    includeLines: nonEmpty(readPatterns(settings, "include_lines")),
    excludeLines: nonEmpty(readPatterns(settings, "exclude_lines")),
  };
}

/** Filebeat's names, among them those of HTML, that mean one of the tailer's encodings. */
const encodings: Readonly<Record<string, Encoding>> = {
  plain: "utf-8",
  "utf-8": "utf-8",
  utf8: "utf-8",
  nop: "utf-8",
  ascii: "utf-8",
  "us-ascii": "utf-8",
  "utf-16le": "utf-16le",
  "utf-16le-bom": "utf-16le",
  "utf-16be": "utf-16be",
  "utf-16be-bom": "utf-16be",
  gbk: "gbk",
  gb2312: "gbk",
  chinese: "gbk",
  "x-gbk": "gbk",
  gb18030: "gb18030",
  big5: "big5",
  "big5-hkscs": "big5",
  "iso8859-1": "latin1",
  "iso-8859-1": "latin1",
  latin1: "latin1",
};

function convertEncoding(settings: Settings): Encoding | undefined {
  const given = settings.string("encoding");
  if (given === undefined || given === "") return undefined;
  const name = given.toLowerCase();
  if (name === "utf-16-bom") {
    settings.note("encoding", "became utf-16le: write utf-16be where the files begin with the bytes FE FF");
    return "utf-16le";
  }
  const encoding = encodings[name];
  if (encoding === undefined) settings.error("encoding", `${given} is not among the tailer's encodings: have the files written in UTF-8`);
  return encoding === "utf-8" ? undefined : encoding;
}

const delimiters: Readonly<Record<string, string | undefined>> = {
  auto: undefined,
  line_feed: undefined,
  carriage_return_line_feed: undefined,
  carriage_return: "\r",
  vertical_tab: "\v",
  form_feed: "\f",
  next_line: "\u0085",
  line_separator: "\u2028",
  paragraph_separator: "\u2029",
  null_terminator: "\0",
};

function convertTerminator(settings: Settings, encoding: Encoding | undefined): string | undefined {
  const given = settings.string("line_terminator");
  if (given === undefined) return undefined;
  const delimiter = delimiters[given];
  if (delimiter !== undefined && canBeFound(delimiter, encoding)) return delimiter;
  if (delimiter !== undefined || !Object.hasOwn(delimiters, given)) {
    settings.error("line_terminator", `${given} is not there in ${encoding ?? "utf-8"}: write what ends a line as inputs[].delimiter`);
  }
  return undefined;
}

function canBeFound(delimiter: string, encoding: Encoding | undefined): boolean {
  try {
    createLineCutter({ delimiter, ...(encoding === undefined ? {} : { encoding }) }, { lineBytesMax: 1024 });
    return true;
  } catch (error) {
    if (error instanceof FileTailError) return false;
    throw error;
  }
}

/** A list without entries is as good as none. */
export function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
