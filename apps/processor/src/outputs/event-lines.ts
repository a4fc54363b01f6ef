import { Buffer } from "node:buffer";
import type { WorkEvent } from "../work-event.ts";
import { eventValue } from "./event-values.ts";

const lineEnd = Buffer.from("\n");

/** The events as lines, each with its end. */
export function linesOf(batch: readonly WorkEvent[], format: "event" | "raw"): Buffer {
  return Buffer.concat(batch.flatMap((event) => [format === "raw" ? event.line : eventValue(event), lineEnd]));
}
