import { appendFileSync } from "node:fs";
import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import type { CloseReason } from "../types.ts";
import { byNumber, lines, numbered, useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();

function closings(reason?: CloseReason): number {
  return scenario.fixture.events.filter((event) => event.type === "fileClosed" && (reason === undefined || event.reason === reason)).length;
}

test("close_renamed: a file that is renamed out of the patterns is closed, and the new one of its name is read", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 5));
  // Long after the deadline of the test, so that nothing but the renaming closes it.
  await fixture.start({ ...scenario.input({ closeRenamed: true }), limits: { closeRemovedMs: 60_000 } });
  await fixture.arrived(5);
  await rename(log, scenario.at("app.log.rotated"));
  await writeFile(log, lines(6, 6));
  expect(await fixture.event("fileClosed")).toMatchObject({ reason: "renamed" });
  await fixture.arrived(6);
  await scenario.everythingRead();
  expect(fixture.tail().status().openFiles).toBe(1);
  expect(fixture.texts()).toEqual(numbered(1, 6));
});

test("close_removed: a deleted file is closed, and its place is kept for a while, for it may be found again", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 5));
  await fixture.start();
  await fixture.arrived(5);
  await rm(log);
  expect(await fixture.event("fileClosed")).toEqual({ type: "fileClosed", path: log, reason: "removed" });
  await waitFor(() => fixture.tail().status().looseGenerations === 1);
  await fixture.stop();
  expect(fixture.texts()).toEqual(numbered(1, 5));
});

test("close_eof: a file is closed at its end, its place is on disk, and it is read on from there after a restart", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 5));
  await fixture.start(scenario.input({ closeEof: true }));
  await fixture.arrived(5);
  expect(await fixture.event("fileClosed")).toEqual({ type: "fileClosed", path: log, reason: "read" });
  await fixture.stop();
  await scenario.offsetsBecome({ [log]: lines(1, 5).length });
  await appendFile(log, lines(6, 6));
  await fixture.start(scenario.input({ closeEof: true }));
  await fixture.arrived(6);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(numbered(1, 6));
});

test("DataAddedAfterCloseInactive: what is written in the moment in which a file is closed is read at the next look, each time", async () => {
  const { fixture, log } = scenario;
  const rounds = 10;
  let written = 50;
  await writeFile(log, lines(1, 50));
  await fixture.start({
    hints: false,
    // Polls are further apart than files are let be open, so that closing comes first.
    limits: { closeInactiveMs: 30, pollIntervalMsMin: 200, pollIntervalMsMax: 200 },
    onEvent: (event) => {
      fixture.events.push(event);
      if (event.type !== "fileClosed" || closings() > rounds) return;
      appendFileSync(log, lines(written + 1, written + 5));
      written += 5;
    },
  });
  await fixture.arrived(50 + rounds * 5);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(numbered(1, 50 + rounds * 5));
  expect(closings("inactive")).toBeGreaterThanOrEqual(rounds);
});

test("close_inactive_file_rotation_and_removal: a file that is renamed and then deleted is closed too, and its disk space free", async () => {
  const { fixture, log } = scenario;
  await fixture.start({ ...scenario.input({ paths: [log] }), limits: { closeInactiveMs: 200 } });
  await writeFile(log, lines(1, 1));
  await fixture.arrived(1);
  await rename(log, scenario.at("renamed.log"));
  await rm(scenario.at("renamed.log"));
  await scenario.closed();
  await waitFor(() => fixture.tail().status().files === 0);
  expect(fixture.tail().status()).toMatchObject({ deletedOpenFiles: 0, deletedOpenBytes: 0 });
});

test("close_inactive_file_rotation_and_removal: renamed, followed by a new file of its name, and then deleted, both are closed", async () => {
  const { fixture, log } = scenario;
  await fixture.start({ ...scenario.input({ paths: [log] }), limits: { closeInactiveMs: 200 } });
  await writeFile(log, lines(1, 1));
  await fixture.arrived(1);
  await rename(log, scenario.at("renamed.log"));
  await writeFile(log, lines(2, 2));
  await fixture.arrived(2);
  await rm(scenario.at("renamed.log"));
  await scenario.closed();
  await waitFor(() => fixture.tail().status().files === 1);
  expect(fixture.tail().status()).toMatchObject({ deletedOpenFiles: 0, deletedOpenBytes: 0 });
  await appendFile(log, lines(3, 3));
  await fixture.arrived(3);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(numbered(1, 3));
});

/** Files that are closed and opened in turn, while an output takes one batch of three. */
async function whileTheOutputFails(closing: { closeEof?: boolean; limits: { openFilesMax?: number; closeInactiveMs?: number } }) {
  const { fixture } = scenario;
  const paths = ["1", "2", "3"].map((name) => scenario.at(`${name}.log`));
  const places = new Map<string, string>();
  let calls = 0;
  fixture.onDeliver = (batch) => {
    for (const { bytes, file, offset } of batch) {
      const [text, place] = [Buffer.from(bytes).toString(), `${Buffer.from(file.generation).toString("hex")}@${offset}`];
      expect(places.get(text) ?? place).toBe(place);
      places.set(text, place);
    }
    calls += 1;
    return calls % 3 === 0 ? Promise.resolve() : Promise.reject(new Error("429 Too Many Requests"));
  };
  const { closeEof = false, limits } = closing;
  const start = () => fixture.start({ ...scenario.input({ closeEof }), limits: { batchLinesMax: 20, deliveriesMax: 1, ...limits } });
  await start();
  let count = 0;
  for (let round = 1; round <= 4; round += 1) {
    for (const path of paths) {
      await appendFile(path, lines(count + 1, count + 7));
      count += 7;
    }
    if (round < 4) await fixture.arrived(round * 7);
    if (round !== 2) continue;
    await fixture.stop();
    await start();
  }
  fixture.onDeliver = () => Promise.resolve();
  await fixture.arrived(count);
  await scenario.everythingRead();
  expect(byNumber(fixture.texts())).toEqual(numbered(1, count));
}

test.each([
  ["for the lack of handles", { limits: { openFilesMax: 1 } }],
  ["for not growing", { limits: { closeInactiveMs: 1 } }],
  ["at their ends", { closeEof: true, limits: { openFilesMax: 2 } }],
])(
  "close_reopen_loss: files that are closed %s and opened again while the output refuses lose nothing, nor does a stop",
  async (_, closing) => {
    await whileTheOutputFails(closing);
    expect(closings()).toBeGreaterThan(3);
  },
);

test("close_reopen_loss: a file that stops growing while the output does not answer is not read on from what was only read", async () => {
  const { fixture, log } = scenario;
  const rejections: (() => void)[] = [];
  fixture.onDeliver = () => new Promise((_, reject) => rejections.push(() => reject(new Error("the connection was closed"))));
  await writeFile(log, lines(1, 10));
  const options = { limits: { closeInactiveMs: 20, deliveriesMax: 1 } };
  await fixture.start(options);
  await waitFor(() => rejections.length === 1);
  await scenario.looked();
  const stopped = fixture.stop();
  rejections[0]?.();
  // What is asked again at the stop is refused too.
  await waitFor(() => {
    for (const reject of rejections) reject();
    return fixture.tail().status().hasUndelivered;
  });
  await stopped;
  fixture.onDeliver = () => Promise.resolve();
  await appendFile(log, lines(11, 12));
  await fixture.start(options);
  await fixture.arrived(12);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(numbered(1, 12));
});
