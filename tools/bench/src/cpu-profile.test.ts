import { expect, test } from "vitest";
import { byGroup, selfTimes, type CpuProfile } from "./cpu-profile.ts";

const frame = (functionName: string, url: string, lineNumber = 0) => ({ functionName, url, lineNumber, columnNumber: 4 });
const profile: CpuProfile = {
  startTime: 1000,
  nodes: [
    { id: 1, callFrame: frame("(idle)", "") },
    { id: 2, callFrame: frame("writev", "") },
    { id: 3, callFrame: frame("build", "file:///dist/main.js", 10) },
    { id: 4, callFrame: frame("dispatch", "file:///dist/main.js", 20) },
    { id: 5, callFrame: frame("emit", "node:events", 30) },
    { id: 6, callFrame: frame("build", "file:///dist/main.js", 10) },
  ],
  samples: [3, 2, 3, 1, 4, 5, 6],
  timeDeltas: [100, 100, 100, 100, 100, 100, 100],
};
const locate = (_bundle: string, line: number) =>
  line === 10 ? { source: "../src/record.ts", line: 5 } : { source: "../../../node_modules/undici/lib/client.js", line: 7 };

test("self time is summed by function and place, without idle time and without what was before the span", () =>
  expect(selfTimes(profile, { from: 1150, to: 9999 }, locate)).toEqual([
    { group: "app", name: "build", place: "src/record.ts:5", share: 0.4 },
    { group: "native", name: "writev", place: "", share: 0.2 },
    { group: "undici", name: "dispatch", place: "undici/lib/client.js:7", share: 0.2 },
    { group: "node", name: "emit", place: "node:events:31", share: 0.2 },
  ]));

test("groups are summed, largest first", () =>
  expect(byGroup(selfTimes(profile, { from: 0, to: 9999 }, locate))[0]).toEqual({ group: "app", share: 0.5 }));
