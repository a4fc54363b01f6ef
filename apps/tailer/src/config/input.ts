import { encodings, type ParserOptions, type TailInput } from "@gatelog/file-tail";
import { exactlyOne, Path } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";

const pattern = (description: string) => Type.String({ minLength: 1, maxLength: 4096, description });
const milliseconds = (description: string, fallback: number) => Type.Integer({ default: fallback, minimum: 0, unit: "ms", description });

const multiline = Type.Object(
  {
    type: Type.Unsafe<"pattern" | "count" | "while">(
      Type.Enum(["pattern", "count", "while"], {
        description: "What makes lines one event: where a pattern matches, how many they are, or as long as a pattern matches.",
      }),
    ),
    pattern: Type.Optional(pattern("RE2 pattern of the types pattern and while.")),
    negate: Type.Optional(Type.Boolean({ description: "Lines that the pattern does not match count as matching. Default false." })),
    match: Type.Optional(
      Type.Unsafe<"after" | "before">(
        Type.Enum(["after", "before"], {
          description: "Of the type pattern: matching lines belong to the line before them (after) or to the one behind them (before).",
        }),
      ),
    ),
    flushPattern: Type.Optional(pattern("Of the type pattern: a line that matches ends the event.")),
    count: Type.Optional(Type.Integer({ minimum: 2, description: "Of the type count: lines of an event." })),
    linesMax: Type.Optional(
      Type.Integer({ minimum: 1, description: "Lines of an event; what is over becomes the next one. Default 500." }),
    ),
    bytesMax: Type.Optional(
      Type.Integer({
        minimum: 1024,
        maximum: 8 * 1024 * 1024,
        unit: "bytes",
        description: "Bytes of an event; what is over becomes the next one. Default limits.lineBytesMax.",
      }),
    ),
    flushMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3_600_000,
        unit: "ms",
        description: "An event whose next line does not come ends after it. Default 5,000.",
      }),
    ),
  },
  { description: "Several lines are one event." },
);

const container = Type.Object(
  {
    format: Type.Optional(
      Type.Unsafe<"auto" | "docker" | "cri">(Type.Enum(["auto", "docker", "cri"], { description: "Who wrote the lines. Default auto." })),
    ),
    stream: Type.Optional(
      Type.Unsafe<"all" | "stdout" | "stderr">(
        Type.Enum(["all", "stdout", "stderr"], { description: "Which lines are taken. Default all." }),
      ),
    ),
  },
  { description: "Lines that a container runtime wrote (CRI, docker): parts of a line are joined, stream and time taken." },
);

const ndjson = Type.Object(
  {
    target: Type.Optional(Type.String({ description: 'Field that takes the keys; "" is the event itself. Default json.' })),
    messageKey: Type.Optional(Type.String({ minLength: 1, description: "Key whose text becomes the message; else the line stays it." })),
    addErrorKey: Type.Optional(Type.Boolean({ description: "A line that is no JSON object gets error.message. Default true." })),
  },
  { description: "Lines that are JSON objects: their keys become fields." },
);

/** One of `inputs`. */
export const inputSchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 128, description: "Unique name of the input; the registry remembers files by it." }),
  paths: Type.Array(Path(), {
    minItems: 1,
    description:
      "Files to read: paths or globs (*, ?, [...], {a,b}, **, and as in bash @(a|b), +(a), *(a), ?(a)). Match rotated names too.",
  }),
  exclude: Type.Array(Path(), { default: [], description: "Globs of files that are not read although paths match them." }),
  symlinks: Type.Boolean({ default: false, description: "Whether symbolic links to files and directories are followed." }),
  compression: Type.Unsafe<"auto" | "none">(
    Type.Enum(["auto", "none"], {
      default: "auto",
      description: "auto reads .gz files as what they hold, and finishes a rotated file from its .gz; none takes them for bytes.",
    }),
  ),
  encoding: Type.Unsafe<(typeof encodings)[number]>(
    Type.Enum([...encodings], { default: "utf-8", description: "How the files are written; events are UTF-8." }),
  ),
  delimiter: Type.String({ default: "\n", minLength: 1, maxLength: 16, description: "What ends a line; with \\n a \\r before it too." }),
  overlong: Type.Unsafe<"cut" | "skip">(
    Type.Enum(["cut", "skip"], { default: "cut", description: "A line over limits.lineBytesMax is cut and flagged, or passed over." }),
  ),
  includeLines: Type.Array(pattern("RE2 pattern."), { default: [], description: "Only events that match one of them are taken." }),
  excludeLines: Type.Array(pattern("RE2 pattern."), { default: [], description: "Events that match one of them are left out." }),
  parsers: Type.Array(exactlyOne({ container, multiline, ndjson }), {
    default: [],
    description: "What is done to lines, in this order: container first, multiline once.",
  }),
  fields: Type.Record(Type.String(), Type.Unknown(), { default: {}, description: "Added to every event, under fields." }),
  fieldsUnderRoot: Type.Boolean({ default: false, description: "Adds them to the event itself." }),
  tags: Type.Array(Type.String({ minLength: 1 }), { default: [], description: "Added to every event as tags." }),
  startAt: Type.Unsafe<"beginning" | "end">(
    Type.Enum(["beginning", "end"], {
      default: "beginning",
      description: "end: of files that are there when this input is seen for the first time, only what is added later.",
    }),
  ),
  ignoreOlderMs: milliseconds(
    "Files that were not written to for so long when they are found are passed over, up to what is added later; 0: none are.",
    0,
  ),
  cleanInactiveMs: milliseconds(
    "The registry forgets a delivered file not written to for so long (over ignoreOlderMs); one that grows while no tailer runs is sent again. 0: never.",
    0,
  ),
  closeEof: Type.Boolean({ default: false, description: "Closes a file as soon as it is read to its end." }),
  closeRenamed: Type.Boolean({ default: false, description: "Closes a file that was renamed as soon as it is read to its end." }),
  deleteAfterDelivery: Type.Boolean({
    default: false,
    description:
      "Deletes a file that is rotated, delivered whole, and was not written to for deleteGraceMs; worker-1.log beside worker-2.log is not rotated.",
  }),
  deleteGraceMs: milliseconds("How long such a file is kept; not below close.removedMs, for its writer may still hold it.", 30 * 60_000),
  seedTimeZone: Type.String({
    default: "UTC",
    minLength: 1,
    description: "Time zone of lines whose times have none, e.g. Asia/Shanghai; fixed once, for it decides a record's day.",
  }),
});

/** What the tail needs of an input. The schema is wider where options exclude each other, which `createLineCutter` judges. */
export function tailInputOf({ parsers, ...input }: { parsers: readonly unknown[] } & Omit<TailInput, "parsers">): TailInput {
  return { ...input, parsers: parsers as readonly ParserOptions[] };
}

export type MultilineConfig = Static<typeof multiline>;
