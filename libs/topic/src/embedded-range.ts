import { logRange, openCursor, registerCursor, removeCursor } from "@gatelog/segment-log";
import type { OutOfRangePlace } from "./kafka-ranges.ts";

/**
 * The place of a cursor that stands outside of its log: behind its end (the log was made anew), or before its oldest record (segments were
 * removed by hand: the writer frees only what every cursor has read). Undefined where all is well, or the log's end cannot be read now.
 */
export async function findLogOutOfRange(dir: string, topic: string, committed: number): Promise<OutOfRangePlace | undefined> {
  const range = await logRange({ dir });
  if (range === undefined || (committed >= range.first && committed <= range.next)) return undefined;
  return { topic, partition: 0, committed: String(committed), low: String(range.first), high: String(range.next) };
}

/** Makes the cursor of a group anew, at the oldest record or at the end. It must be closed. */
export async function resetCursor({ dir, group, mode }: { dir: string; group: string; mode: "earliest" | "latest" }): Promise<void> {
  const range = await logRange({ dir });
  await removeCursor({ dir, name: group });
  await registerCursor({ dir, name: group });
  if (mode === "earliest" || range === undefined) return;
  const cursor = await openCursor({ dir, name: group });
  try {
    await cursor.commit(range.next);
  } finally {
    await cursor.close();
  }
}
