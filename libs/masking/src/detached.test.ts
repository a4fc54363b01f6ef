import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createMasker } from "./masker.ts";
import { Redactions } from "./redactions.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("what is remembered of names and values does not hold the bodies and headers they came from", () => {
  const masker = createMasker({ profile: "cn-pipl" });
  const before = heapBytes();
  for (let round = 0; round < 2000; round++) {
    const text = `{"a key that is remembered ${round}":"${"x".repeat(65_536)}"}`;
    masker.body(text, { kind: "json", isCut: false }, new Redactions(), "b");
    masker.query(`${"y".repeat(65_536)}?a=value that is remembered ${round}`.slice(65_537), new Redactions(), "q");
  }
  // 2,000 texts of 64 KiB are 131 MB.
  expect(heapBytes() - before).toBeLessThan(20_000_000);
});

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
