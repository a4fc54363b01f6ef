import { describe, expect, test } from "vitest";
import { ConsoleError } from "./errors.ts";
import { readRecordQuery } from "./record-query.ts";

function sentence(params: Record<string, unknown>): string {
  try {
    readRecordQuery(params);
  } catch (error) {
    if (error instanceof ConsoleError && error.statusCode === 400 && error.code === "GATELOG_CONSOLE_PARAMETER") return error.message;
    throw error;
  }
  return "valid";
}

describe("what is asked", () => {
  test("nothing means the newest 50", () => {
    expect(readRecordQuery({})).toEqual({ limit: 50 });
  });

  test("empty values count as absent", () => {
    expect(readRecordQuery({ q: "", status: "", path: "", from: "", to: "", limit: "", cursor: "" })).toEqual({ limit: 50 });
  });

  test("everything at once, times in UTC", () => {
    const params = { q: "日志", status: "5XX", path: "/a", from: "2026-11-23T16:00:00+08:00", to: "2026-11-24", limit: "500", cursor: "x" };
    expect(readRecordQuery(params)).toEqual({
      q: "日志",
      status: "5xx",
      path: "/a",
      from: "2026-11-23T08:00:00.000Z",
      to: "2026-11-24T00:00:00.000Z",
      limit: 500,
      cursor: "x",
    });
  });

  test("a time without a zone is UTC, whatever the machine's zone", () => {
    expect(readRecordQuery({ from: "2026-11-23T08:00" }).from).toBe("2026-11-23T08:00:00.000Z");
    expect(readRecordQuery({ from: "2026-11-23 08:00:00.5" }).from).toBe("2026-11-23T08:00:00.500Z");
  });

  test("a plus sign that a query string turned into a blank is a plus sign", () => {
    expect(readRecordQuery({ from: "2026-11-23T16:00:00 08:00" }).from).toBe("2026-11-23T08:00:00.000Z");
  });
});

describe("what is wrong is said in one sentence that names it", () => {
  test.each([
    [{ stauts: "500" }, /unknown parameter "stauts": known are .*status/u],
    [{ q: ["a", "b"] }, /q is given more than once/u],
    [{ q: "x".repeat(1001) }, /q is longer than 1000/u],
    [{ status: "abc" }, /status must be .*not "abc"/u],
    [{ status: "50" }, /status must be/u],
    [{ status: "5x" }, /status must be/u],
    [{ limit: "0" }, /limit must be .* 1 to 500/u],
    [{ limit: "501" }, /limit must be/u],
    [{ limit: "1.5" }, /limit must be/u],
    [{ limit: "-1" }, /limit must be/u],
    [{ from: "yesterday" }, /from must be an ISO 8601 time/u],
    [{ to: "2026-13-01" }, /to must be/u],
    [{ to: "1700000000000" }, /to must be/u],
    [{ from: "2026-11-24", to: "2026-11-23" }, /from must be earlier than to/u],
    [{ from: "2026-11-24", to: "2026-11-24" }, /from must be earlier than to/u],
  ])("%j", (params, expected) => {
    expect(sentence(params)).toMatch(expected);
  });
});
