import { Type } from "typebox";
import { lineFormat } from "./file-output.ts";

/** `outputs[].stdout`. */
export const stdoutOutput = Type.Object(
  { format: lineFormat },
  { description: "Standard output, for trying things out; the log goes to standard error then." },
);
