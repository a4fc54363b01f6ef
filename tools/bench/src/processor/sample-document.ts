import { parseLine, toEcs } from "@gatelog/log-record";
import { createRecordGenerator } from "./records.ts";

/** The document of one of the bench's lines, as the processor makes it. */
export function sampleDocument(): string {
  const line = createRecordGenerator()();
  const parsed = parseLine(Buffer.from(line), { seedTimeZone: "Asia/Shanghai" });
  return JSON.stringify(toEcs(parsed, { id: "0199a1b2-c3d4-7000-9000-000000000000", time: "2026-11-23T08:00:00.123Z" }, line));
}
