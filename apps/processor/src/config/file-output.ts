import { Path } from "@gatelog/service-kit";
import { Type } from "typebox";
import { MiB } from "./units.ts";

/** How an event is a line. */
export const lineFormat = Type.Unsafe<"event" | "raw">(
  Type.Enum(["event", "raw"], { default: "event", description: "One JSON event a line, or the lines as they are." }),
);

/** `outputs[].file`. */
export const fileOutput = Type.Object(
  {
    path: Path({ description: "The file; rotated ones are beside it, with .1, .2 … behind their names." }),
    format: lineFormat,
    rotateBytesMax: Type.Integer({ default: 100 * MiB, minimum: MiB, unit: "bytes", description: "Size at which the file is rotated." }),
    filesMax: Type.Integer({
      default: 10,
      minimum: 2,
      maximum: 1000,
      description: "Files that are kept, the present one included; the oldest is overwritten.",
    }),
  },
  { description: "A file on this machine, fsynced before an event counts as delivered. After a kill the last events may come twice." },
);
