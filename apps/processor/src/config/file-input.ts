import { encodings } from "@gatelog/file-tail";
import { Path } from "@gatelog/service-kit";
import { Type } from "typebox";
import { codecSchema } from "./codec.ts";
import { KiB, MiB } from "./units.ts";

/** `inputs[].file`. */
export const fileInput = Type.Object(
  {
    paths: Type.Array(Path(), {
      minItems: 1,
      description: "Files to read: paths or globs (*, ?, [...], {a,b}, **). Match rotated names too.",
    }),
    exclude: Type.Array(Path(), { default: [], description: "Globs of files that are not read although paths match them." }),
    registryDir: Path({
      description: "Where it is remembered what is in the buffer; one input each. Never lose it: files would be read again under new ids.",
    }),
    codec: codecSchema("line"),
    encoding: Type.Unsafe<(typeof encodings)[number]>(
      Type.Enum([...encodings], { default: "utf-8", description: "How the files are written; events are UTF-8." }),
    ),
    startAt: Type.Unsafe<"beginning" | "end">(
      Type.Enum(["beginning", "end"], {
        default: "beginning",
        description: "end: of files that are there when this input is seen for the first time, only what is added later.",
      }),
    ),
    lineBytesMax: Type.Integer({
      default: 960 * KiB,
      minimum: KiB,
      maximum: 8 * MiB,
      unit: "bytes",
      description: "Longest line; a longer one is cut and counted.",
    }),
    scanIntervalMs: Type.Integer({ default: 1000, minimum: 10, unit: "ms", description: "How often directories are looked at." }),
  },
  { description: "Files on this machine, through rotation; for containers, joined lines and deletion use the tailer." },
);

/** `inputs[].stdin`. */
export const stdinInput = Type.Object(
  {
    codec: codecSchema("auto"),
    lineBytesMax: Type.Integer({
      default: 8 * MiB,
      minimum: KiB,
      maximum: 15 * MiB,
      unit: "bytes",
      description: "Longest line; the rest of a longer one is a line of its own.",
    }),
  },
  { description: "Standard input, a line an event. When it ends and is the only input, the processor stops." },
);
