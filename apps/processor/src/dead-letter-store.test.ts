import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backOff, DeliveryError, systemClock } from "@gatelog/pipeline";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DeadLetterStore } from "./dead-letter-store.ts";
import { deadLetterCursor, DeadLetters } from "./dead-letters.ts";
import { DurableLog } from "./durable-log.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

async function keepLetter(): Promise<void> {
  const noted = { onEvent: () => undefined, onRetry: () => undefined };
  const retry = backOff({ minMs: 1, maxMs: 20 });
  const options = { bytesMax: 64 * 1024, cursors: [deadLetterCursor], clock: systemClock, retry, ...noted };
  const letters = new DeadLetters(await DurableLog.open({ dir: join(directory.path, "dead-letters"), ...options }), systemClock);
  const error = new DeliveryError("TEST_REFUSED", "no", { permanent: true });
  await letters.keep({ output: "one", event: Buffer.from("a") }, error, new AbortController().signal);
  await letters.close();
}

test("marks that cannot be read are told of in one sentence, and the next command is not kept away by the lock of this one", async () => {
  await keepLetter();
  const path = join(directory.path, "dead-letters", "marks.json");
  for (const text of ["", "null", "{}", '{"done":[1],"renewed":{}}']) {
    await writeFile(path, text);
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(DeadLetterStore.open(directory.path)).rejects.toThrow(/^cannot read .*marks\.json \(.*\): mend it, or move it away/);
  }
  await rm(path);
  await mkdir(path);
  await expect(DeadLetterStore.open(directory.path)).rejects.toThrow(/^cannot read .*marks\.json \(EISDIR/);
  await rm(path, { recursive: true });
  const store = await DeadLetterStore.open(directory.path);
  const { letters } = (await store?.page({}, { from: 0, limit: 10, view: ({ code }) => code })) ?? {};
  expect(letters).toEqual(["TEST_REFUSED"]);
  await store?.close();
});
