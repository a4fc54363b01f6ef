import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatMark, formatRecord, mintId } from "@gatelog/log-record";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockSlot } from "./log-lock.ts";
import { logFileName, newBoot, ownLogFiles, slotOf } from "./log-names.ts";
import { recoverDirectory } from "./log-recovery.ts";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "gatelog-recovery-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const old = "20261123080000a1b200";
const newer = "20261123090000a1b2c3";
const alone = { slot: 0, count: 1 };
const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
const read = (name: string) => readFileSync(join(dir, name), "utf8");
const record = (boot: string, seq: number) =>
  formatRecord({ v: 1, id: mintId(), requestTime: "2026-11-23T08:00:00.000Z", gateway: "gw", boot, seq });
const mark = (boot: string, seq: number) => formatMark({ v: 1, type: "mark", gateway: "gw", boot, seq, inFlight: [], closing: false });

describe("the names of log files", () => {
  test("ascend with time and tell gateways apart that begin alike", () => {
    const names = [
      logFileName("gw", newer, 2),
      logFileName("gw", newer, 10),
      logFileName("gw", old, 1),
      logFileName("gw-1", old, 1),
      "gw-x.log",
      "other.log",
    ];
    expect(ownLogFiles(names, "gw").map((file) => file.name)).toEqual([`gw-${old}-1.log`, `gw-${newer}-2.log`, `gw-${newer}-10.log`]);
    expect(newBoot(Date.UTC(2026, 10, 23, 8), 5) < newBoot(Date.UTC(2026, 10, 23, 9), 0)).toBe(true);
    expect(newBoot(0, 0)).toMatch(/^19700101000000[0-9a-f]{4}00$/);
    expect(slotOf(newBoot(0, 63))).toBe(63);
  });

  test("ascend from one start to the next, also within a second and when the clock was set back", () => {
    const now = Date.UTC(2026, 11, 31, 23, 59, 59);
    let boot = newBoot(now, 0);
    for (let starts = 0; starts < 100; starts++) {
      const next = newBoot(now - starts * 1000, 0, boot);
      expect(next > boot && ownLogFiles([logFileName("gw", next, 1)], "gw").length === 1).toBe(true);
      boot = next;
    }
    expect(newBoot(now, 0, newer).slice(0, 14)).toBe("20261231235959");
    // Names that nobody of ours gave: there is no time after them, or they are none.
    for (const foreign of ["99991231235959a1b200", "99999999999999a1b200"])
      expect(newBoot(now, 0, foreign).slice(0, 14)).toBe("20261231235959");
  });
});

describe("a directory of a gateway that starts again", () => {
  test("that is empty has no previous boot", async () => {
    expect(await recoverDirectory(dir, "gw", alone)).toEqual({ completed: [], previous: undefined, newest: undefined });
  });

  test("gives torn lines their end, adds nothing else, and touches no file of another gateway", async () => {
    write(`gw-${old}-1.log`, `${record(old, 1)}\n{"v":1,"id":"to`);
    write(`gw-${newer}-1.log`, `${record(newer, 1)}\n`);
    write(`gw-${newer}-2.log`, "");
    write(`gw-b-${old}-1.log`, "torn");
    expect((await recoverDirectory(dir, "gw", alone)).completed).toEqual([`gw-${old}-1.log`]);
    expect(read(`gw-${old}-1.log`)).toBe(`${record(old, 1).slice(0, 0)}${read(`gw-${old}-1.log`).slice(0, -1)}\n`);
    expect(read(`gw-${old}-1.log`).endsWith('{"v":1,"id":"to\n')).toBe(true);
    expect(read(`gw-b-${old}-1.log`)).toBe("torn");
    expect((await recoverDirectory(dir, "gw", alone)).completed).toEqual([]);
  });

  test("finds the highest seq of the newest boot, in records and marks, past files without any", async () => {
    write(`gw-${old}-1.log`, `${record(old, 90)}\n`);
    write(`gw-${newer}-1.log`, `${mark(newer, 0)}\n${record(newer, 3)}\n${record(newer, 2)}\n${mark(newer, 5)}\nnot a record\n`);
    write(`gw-${newer}-2.log`, "");
    expect((await recoverDirectory(dir, "gw", alone)).previous).toEqual({ boot: newer, seq: 5 });
    write(`gw-${newer}-2.log`, `${record(newer, 7)}\n${record(newer, 6)}\n{"v":1,"torn`);
    expect((await recoverDirectory(dir, "gw", alone)).previous).toEqual({ boot: newer, seq: 7 });
  });

  test("tells the newest boot also where its file holds nothing", async () => {
    write(`gw-${old}-1.log`, `${record(old, 90)}\n`);
    write(`gw-${newer}-1.log`, "");
    const foreign = "20261124090000a1b200";
    write(`gw-b-${foreign}-1.log`, "");
    expect(await recoverDirectory(dir, "gw", { slot: 0xc3, count: 256 })).toMatchObject({ previous: undefined, newest: newer });
    expect(await recoverDirectory(dir, "gw", alone)).toMatchObject({ previous: { boot: old, seq: 90 }, newest: newer });
  });

  test("of seed files has none", async () => {
    write(`gw-${old}-1.log`, '{"status":"200","requestTime":"2018-10-11 18:09:02"}\n');
    expect((await recoverDirectory(dir, "gw", alone)).previous).toBeUndefined();
  });
});

describe("a directory of several workers", () => {
  const bootOf = (slot: number) => newBoot(Date.UTC(2026, 10, 23, 8), slot);
  const boots = [0, 1, 2, 3].map(bootOf);
  const nameOf = (slot: number) => logFileName("gw", boots[slot] ?? "", 1);
  beforeEach(() => {
    for (const [slot, boot] of boots.entries()) write(nameOf(slot), `${record(boot, slot + 1)}\n{"torn`);
  });

  test("has one keeper for each file: its slot, and slot 0 where there is no such slot any more", async () => {
    const second = await recoverDirectory(dir, "gw", { slot: 1, count: 2 });
    expect(second).toMatchObject({ completed: [nameOf(1)], previous: { boot: boots[1], seq: 2 } });
    const first = await recoverDirectory(dir, "gw", { slot: 0, count: 2 });
    expect(first.completed.toSorted()).toEqual([nameOf(0), nameOf(2), nameOf(3)].toSorted());
    expect((await recoverDirectory(dir, "gw", { slot: 0, count: 1 })).completed).toEqual([]);
  });

  test("keeps what a worker that still ends writes from the next start with fewer", async () => {
    const lock = await lockSlot(dir, "gw", 3);
    expect((await recoverDirectory(dir, "gw", { slot: 0, count: 2 })).completed).not.toContain(nameOf(3));
    expect(read(nameOf(3)).endsWith('{"torn')).toBe(true);
    await lock.release();
    expect((await recoverDirectory(dir, "gw", { slot: 0, count: 2 })).completed).toEqual([nameOf(3)]);
  });

  test("has each slot once, for any name, and says who has it", async () => {
    const lock = await lockSlot(dir, "gw", 0);
    const others = [await lockSlot(dir, "gw", 1), await lockSlot(dir, "gw-b", 0)];
    await expect(lockSlot(dir, "gw", 0)).rejects.toThrow(
      `log.dir: another gateway named "gw" writes in ${dir} and holds ${join(dir, ".gw.0.lock")}; stop that one, or give this one another name or log.dir`,
    );
    await lock.release();
    await (await lockSlot(dir, "gw", 0)).release();
    for (const other of others) await other.release();
  });
});
