import { isTimeZone } from "@gatelog/log-record";
import { Path, type ConfigProblem } from "@gatelog/service-kit";
import { Type, type Static } from "typebox";

/** The two line formats. */
export const logFormats = ["v1", "seed"] as const;

const mebibyte = 1_048_576;
/** What of a line is not bodies, at most. */
const lineOverheadBytes = 65_536;
/** A byte of a body takes at most six in JSON (`\u0001`). */
const escapedBytesMax = 6;

/** Schema of `log`: where records are written and how. */
export const logSchema = Type.Object(
  {
    dir: Path({ default: "./data/logs", description: "Directory of the log files; created where missing." }),
    format: Type.Unsafe<(typeof logFormats)[number]>(
      Type.Enum([...logFormats], {
        default: "v1",
        description: "v1: the whole record. seed: the seven fields of the original, without marks.",
      }),
    ),
    seedTimeZone: Type.String({ default: "", description: "IANA zone of the times in format seed; empty: the zone of the machine." }),
    rotateBytesMax: Type.Integer({
      default: 100 * mebibyte,
      minimum: 4096,
      unit: "bytes",
      description: "A file of this size is followed by the next one.",
    }),
    rotateAgeMs: Type.Union([Type.Integer({ minimum: 1000, maximum: 2_592_000_000, unit: "ms" }), Type.Null()], {
      default: null,
      description: "A file that is not empty is followed by the next one so long after its first line; null: its size alone decides.",
    }),
    gzip: Type.Union(
      [
        Type.Object({
          afterMs: Type.Integer({
            default: 86_400_000,
            minimum: 60_000,
            maximum: 31_536_000_000,
            unit: "ms",
            description:
              "How long after its last line a closed file is compressed. Our tailer goes on in the compressed file; another reader must have read the file by then.",
          }),
        }),
        Type.Null(),
      ],
      {
        default: null,
        description: "Closed files become <name>.log.gz, the file itself is removed; null: they stay as they are.",
      },
    ),
    freeBytesMin: Type.Integer({
      default: 64 * mebibyte,
      minimum: 0,
      unit: "bytes",
      description:
        "Free space of the disk of log.dir below which bodies are left out; below half of it calls are refused with 503. 0: neither.",
    }),
    lineBytesMax: Type.Integer({
      default: 921_600,
      minimum: 4096,
      maximum: 64 * mebibyte,
      unit: "bytes",
      description: "Longest line; bodies are cut further to fit. Keep it below the topic's largest message.",
    }),
    pendingBytesMax: Type.Integer({
      default: 64 * mebibyte,
      minimum: mebibyte,
      unit: "bytes",
      description:
        "Records that may wait for the disk. From half of it bodies are left out, from three quarters calls are refused with 503.",
    }),
    markIntervalMs: Type.Integer({
      default: 5000,
      minimum: 100,
      maximum: 3_600_000,
      unit: "ms",
      description: "How often a mark is written while there is traffic.",
    }),
    audit: Type.Boolean({
      default: false,
      description: "Answers wait until their record is on disk (fsync); a route may say otherwise.",
    }),
  },
  { description: "The log files." },
);

/** What the relations of `log` to the rest of the configuration are about. */
export interface LogConfigParts {
  readonly log: Static<typeof logSchema>;
  readonly capture: { readonly bodyBytesMax: number };
}

/** Relations between the values of `log` and others that the schema cannot say. */
export function checkLogConfig({ log, capture }: LogConfigParts): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (log.seedTimeZone !== "" && !isTimeZone(log.seedTimeZone))
    problems.push({
      path: ["log", "seedTimeZone"],
      message: `expected an IANA time zone such as Asia/Shanghai, found "${log.seedTimeZone}"`,
    });
  const seedLineBytes = 2 * escapedBytesMax * capture.bodyBytesMax + lineOverheadBytes;
  if (log.format === "seed" && seedLineBytes > log.lineBytesMax)
    problems.push({
      path: ["capture", "bodyBytesMax"],
      message: `two bodies of ${capture.bodyBytesMax} bytes may need a line of ${seedLineBytes} bytes in format seed, more than log.lineBytesMax (${log.lineBytesMax}): lower the one or raise the other`,
    });
  return problems;
}
