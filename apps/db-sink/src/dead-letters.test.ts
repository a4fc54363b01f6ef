import { DeliveryError } from "@gatelog/pipeline";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { createConsumer, createProducer } from "@gatelog/topic";
import { expect, test } from "vitest";
import { DeadLetters } from "./dead-letters.ts";
import { messagesOf } from "./db-sink.test-helper.ts";
import { readMessage } from "./read-message.ts";

test("what waits for room in a full log of dead letters says so, and is kept when there is some", async () => {
  const directory = await temporaryDirectory();
  const embedded = { dir: directory.path, groups: ["g.dlt"], bytesMax: 16_384 };
  const letters = new DeadLetters((name) => createProducer({ embedded, name: `${name}.dlt` }));
  const error = new DeliveryError("GATELOG_TEST", "refused", { permanent: true });
  const items = messagesOf(1, 60).map((message, index) =>
    readMessage({ ...message, offset: String(index) }, { topic: "kerry", partition: 0 }, { seedTimeZone: "UTC", value: "raw" }),
  );
  let kept = 0;
  const keeping = (async () => {
    for (const item of items) {
      await letters.keep({ item, error }, 0);
      kept++;
    }
  })();
  const consumer = createConsumer({ embedded, name: "kerry.dlt", group: "g.dlt" });
  try {
    await waitFor(() => letters.reason !== undefined, { what: "the reason" });
    expect(letters.reason).toContain("the topic kerry.dlt is full");
    expect(kept).toBeLessThan(items.length);
    const [item] = items;
    if (item === undefined) throw new Error("there are items");
    await expect(letters.keep({ item, error }, 0, AbortSignal.timeout(50))).rejects.toMatchObject({
      code: "GATELOG_TOPIC_TIMEOUT",
      message: expect.stringContaining("the topic kerry.dlt is full"),
    });
    await consumer.start(() => Promise.resolve());
    await keeping;
    expect([kept, letters.reason]).toEqual([60, undefined]);
  } finally {
    await consumer.stop();
    await letters.stop();
    await directory.remove();
  }
});
