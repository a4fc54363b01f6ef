import { appendFile, copyFile, mkdir, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();

interface Rotation {
  readonly lines: number;
  readonly linesOfFile: number;
  readonly isCopying: boolean;
  readonly isSequential: boolean;
  /** Whether a file goes only after the tail had time to see what was written to it. */
  readonly isSeen: boolean;
}

const backupsMax = 1;
const token = "the same beginning of every line of the test.";

/** Writes lines into a log that is rotated as a library of log rotation does it, with one backup. */
async function writeRotating({ lines, linesOfFile, isCopying, isSequential, isSeen }: Rotation): Promise<string[]> {
  const { log } = scenario;
  const texts = Array.from({ length: lines }, (_, index) => `${token} ${index}`);
  for (const [index, text] of texts.entries()) {
    if (index > 0 && index % linesOfFile === 0) {
      if (isSeen) await scenario.looked();
      await makeRoom();
      const backup = isSequential ? `${log}.1` : scenario.at(`app-2026-11-23T10-${String(index).padStart(6, "0")}.log`);
      if (isCopying) await copyFile(log, backup).then(() => truncate(log, 0));
      else await rename(log, backup);
    }
    await appendFile(log, `${text}\n`);
  }
  return texts;
}

/** Deletes the oldest backups, so that one more may be there. */
async function makeRoom(): Promise<void> {
  const backups = (await readdir(scenario.fixture.logs)).filter((name) => name !== "app.log").toSorted();
  for (const name of backups.slice(0, Math.max(0, backups.length - backupsMax + 1))) await rm(scenario.at(name));
}

const everyFile = () => scenario.input({ paths: [scenario.at("app*")] });

const counts = [
  ["NoRotation", 10, 10],
  ["NoDeletion", 20, 10],
  ["Deletion", 30, 10],
  ["Deletion/ExceedFingerprint", 300, 100],
] as const;
const ways = [
  ["MoveCreate", false],
  ["CopyTruncate", true],
] as const;
const names = [
  ["Timestamped", false],
  ["Sequential", true],
] as const;

const matrix = counts.flatMap(([count, lines, linesOfFile]) =>
  ways.flatMap(([way, isCopying]) =>
    names.map(([name, isSequential]) => [`${count}/${way}${name}`, { lines, linesOfFile, isCopying, isSequential }] as const),
  ),
);

test.each(matrix)("%s: every line comes once", async (title, rotation) => {
  const { fixture } = scenario;
  await fixture.start(everyFile());
  const expected = await writeRotating({ ...rotation, isSeen: title.startsWith("Deletion") });
  await fixture.arrived(expected.length);
  await scenario.everythingRead();
  await fixture.stop();
  expect(fixture.texts().toSorted()).toEqual(expected.toSorted());
});

test.each(matrix.filter(([title]) => title.startsWith("Deletion")))(
  "%s, faster than anybody can look: nothing comes twice, nothing is invented, and what is there at the end is all there",
  async (_, rotation) => {
    const { fixture } = scenario;
    await fixture.start(everyFile());
    const expected = await writeRotating({ ...rotation, isSeen: false });
    await waitFor(() => fixture.texts().includes(expected.at(-1) ?? ""));
    await scenario.everythingRead();
    await fixture.stop();
    const texts = fixture.texts();
    expect(new Set(texts).size).toBe(texts.length);
    expect(expected).toEqual(expect.arrayContaining(texts));
    expect(texts).toEqual(expect.arrayContaining(expected.slice(-rotation.linesOfFile * (1 + backupsMax))));
  },
);

test("TrackMovedAwayFiles: a file that is moved out of the patterns and written to there is read on, as long as it is open", async () => {
  const { fixture, log } = scenario;
  const away = join(fixture.logs, "away");
  await mkdir(away);
  await writeFile(log, "testlog1\n");
  await fixture.start({ limits: { closeRemovedMs: 5_000 } });
  await fixture.arrived(1);
  await rename(log, join(away, "newfile.log"));
  await scenario.looked();
  await appendFile(join(away, "newfile.log"), "testlog2\n");
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["testlog1", "testlog2"]);
});

test("TrackMovedAwayFiles: unread lines of a file that is moved out of the patterns come, and those of the file that takes its name", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, "testlog1\n");
  await fixture.start({ hints: false });
  await fixture.arrived(1);
  await appendFile(log, "testlog2\n");
  await rename(log, `${log}.old`);
  await writeFile(log, "testlog4\ntestlog5\n");
  await fixture.arrived(4);
  await scenario.everythingRead();
  expect(fixture.texts().toSorted()).toEqual(["testlog1", "testlog2", "testlog4", "testlog5"]);
});

test("TruncateThenWrite: a file that is copied out of the patterns, truncated and written to is read from its new beginning", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, "testlog1\ntestlog2\n");
  await fixture.start();
  await fixture.arrived(2);
  await copyFile(log, `${log}.old`);
  await truncate(log, 0);
  await appendFile(log, "testlog3\n");
  await fixture.arrived(3);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(["testlog1", "testlog2", "testlog3"]);
});

test("TruncateThenWrite with writes to both: what is added to the copy and to the truncated file comes, and nothing twice", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, "testlog1\ntestlog2\n");
  await fixture.start(everyFile());
  await fixture.arrived(2);
  await copyFile(log, `${log}.1`);
  await truncate(log, 0);
  await appendFile(`${log}.1`, "testlog3\n");
  await appendFile(log, "testlog4\n");
  await fixture.arrived(4);
  await scenario.everythingRead();
  expect(fixture.texts().toSorted()).toEqual(["testlog1", "testlog2", "testlog3", "testlog4"]);
});

test("many files that rotate at the same time: every line of each comes once", async () => {
  const { fixture } = scenario;
  const expected: string[] = [];
  const rotateOne = async (file: number) => {
    const path = scenario.at(`app${file}.log`);
    for (let rotation = 0; rotation < 4; rotation += 1) {
      for (let message = 0; message < 10; message += 1) {
        const text = `file ${file}-${rotation}, message ${message}`;
        expected.push(text);
        await appendFile(path, `${text}\n`);
      }
      await rename(path, scenario.at(`app${file}.rot${rotation}.log`));
    }
  };
  await fixture.start(everyFile());
  await Promise.all([0, 1, 2, 3].map(rotateOne));
  await fixture.arrived(expected.length);
  await scenario.everythingRead();
  expect(fixture.texts().toSorted()).toEqual(expected.toSorted());
});
