import type { Mark } from "@gatelog/log-record";
import { expect, test } from "vitest";
import type { Boot, LedgerLine, SoakRecord } from "./boots.ts";
import { accountOfCalls } from "./call-checks.ts";
import type { Call } from "./calls.ts";
import { ledgerViolations } from "./ledger-checks.ts";
import type { Life } from "./soak-gateway.ts";

const killed: Life = { n: 0, end: "killed", workersKilled: 1, files: [] };
const stopped: Life = { n: 1, end: "stopped", workersKilled: 0, files: [] };

const record = (seq: number, more: Partial<SoakRecord> = {}): LedgerLine => ({
  record: { id: `id-${seq}`, seq, requestId: `soak-${seq}`, method: "GET", path: "/a", status: 200, responseBytes: 5, ...more },
});
const mark = (seq: number, inFlight: number[] = [], more: Partial<Mark> = {}): LedgerLine => ({
  mark: { v: 1, type: "mark", gateway: "gw", boot: "b100", seq, inFlight, closing: false, ...more },
});
const closing = (seq: number) => mark(seq, [], { closing: true });
const boot = (lines: LedgerLine[], more: Partial<Boot> = {}): Boot => ({
  boot: "b100",
  life: killed,
  lines,
  highest: 3,
  gaps: [],
  unread: [],
  ...more,
});
const call = (n: number, more: Partial<Call> = {}): Call => ({
  id: `soak-${n}`,
  method: "GET",
  path: "/a",
  body: "",
  life: 0,
  answer: { status: 200, bodyBytes: 5 },
  ...more,
});

test("a boot whose marks hold what they say is accounted for", () => {
  const lines = [mark(0), record(2), mark(3, [1, 3]), record(1), record(3), mark(3, [], { aborted: [2] })];
  expect(ledgerViolations([boot(lines)])).toEqual([]);
  const after = boot([mark(0, [], { previous: { boot: "b100", seq: 3 } }), closing(0)], { boot: "b200", life: stopped, highest: 0 });
  expect(ledgerViolations([boot(lines), after])).toEqual([]);
});

test.each<[string, Boot[]]>([
  ["2 has no record before it", [boot([mark(0), record(1), mark(2), record(2)])]],
  ["1 is in inFlight and has its record before it", [boot([mark(0), record(1), mark(1, [1])])]],
  ["1 is in aborted and has no record before it", [boot([mark(0), mark(1, [1], { aborted: [1] })])]],
  ["a mark of seq 1 stands after one of 2", [boot([mark(0), record(1), record(2), mark(2), mark(1)])]],
  ["1 was given twice", [boot([mark(0), record(1), record(1, { id: "other" })])]],
  ["does not begin with a mark", [boot([record(1)])]],
  ["names none as the one before it, which is b100", [boot([mark(0)]), boot([mark(0)], { boot: "b200" })]],
  [
    "names seq 4 of the one before it, whose files hold 3",
    [boot([mark(0)]), boot([mark(0, [], { previous: { boot: "b100", seq: 4 } })], { boot: "b200" })],
  ],
  ["has no record of 2", [boot([mark(0), closing(0)], { gaps: [2] })]],
  ["has lines after its closing mark", [boot([mark(0), closing(0), record(1)])]],
  ["0 workers were killed, and no closing mark have b100", [boot([mark(0)], { life: stopped })]],
  ["and not the last one: torn", [boot([mark(0)], { unread: [{ why: "torn", isLast: false }] })]],
  ["has torn lines", [boot([mark(0), closing(0)], { life: stopped, unread: [{ why: "torn", isLast: true }] })]],
])("what a ledger gets wrong is told: %s", (sentence, boots) => {
  expect(ledgerViolations(boots).join("\n")).toContain(sentence);
});

test("calls and their records that agree are accounted for; a number without a record is of a call that was cut", () => {
  const calls = [call(1), call(2, { answer: undefined }), call(3)];
  const account = accountOfCalls(calls, [boot([mark(0), record(1), record(3), record(3)], { gaps: [2] })], true);
  expect(account).toEqual({ records: 2, doubled: 1, lost: [], violations: [] });
});

test.each<[string, Call[], LedgerLine[], number[]]>([
  ["soak-1 was answered whole by start 0 and has no record", [call(1)], [], []],
  ["is of no call", [], [record(1)], []],
  ["soak-1 has two records", [call(1)], [record(1), record(2, { requestId: "soak-1" })], []],
  ["its record says GET /b", [call(1)], [record(1, { path: "/b" })], []],
  ["was answered 200, and its record says 502", [call(1)], [record(1, { status: 502 })], []],
  ["with 5 bytes, and its record says 4", [call(1)], [record(1, { responseBytes: 4 })], []],
  ["1 numbers have no record, and only 0 calls", [call(1)], [record(1)], [2]],
])("what calls and records say differently is told: %s", (sentence, calls, lines, gaps) => {
  expect(accountOfCalls(calls, [boot(lines, { gaps })], true).violations.join("\n")).toContain(sentence);
});

test("where answers do not wait, a whole answer without a record explains a gap and is counted as lost", () => {
  const { lost, violations } = accountOfCalls([call(1)], [boot([mark(0)], { gaps: [1] })], false);
  expect([lost.length, violations]).toEqual([1, []]);
});
