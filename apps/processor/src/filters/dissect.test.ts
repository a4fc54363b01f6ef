import { describe, expect, it } from "vitest";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";

function dissected(pattern: string, line: string, options: object = {}) {
  return filtered([{ dissect: { pattern, ...options } }], line)?.fields;
}

describe("dissect", () => {
  it.each([
    [
      "%{ts} %{+ts} %{+ts} %{host} %{prog}[%{pid}]: %{msg}",
      "Nov 23 08:00:00 web sshd[7]: a: b",
      { ts: "Nov 23 08:00:00", host: "web", prog: "sshd", pid: "7", msg: "a: b" },
    ],
    ["%{+a/2}-%{+a/1}-%{+a/3}", "x-y-z", { a: "y-x-z" }],
    ["%{a->} %{b}", "1    2", { a: "1", b: "2" }],
    ["%{} %{?skipped} %{c}", "1 2 3", { c: "3" }],
    ["%{?key}=%{&key}", "user=ada", { user: "ada" }],
    ["<%{[a][b.c]}> %{d.e}", "<1> 2", { a: { "b.c": "1" }, d: { e: "2" } }],
    ["%{a},%{b},%{c}", "1,,3", { a: "1", b: "", c: "3" }],
    ["[%{a}]", "[1] and more", { a: "1" }],
  ])("takes apart by %s", (pattern, line, fields) => {
    expect(dissected(pattern, line)).toEqual(fields);
  });

  it("converts what it found", () => {
    expect(dissected("%{a} %{b}", "1 2.5", { convert: { a: "integer", b: "float" } })).toEqual({ a: 1, b: 2.5 });
  });

  it("leaves a text as it is that is not as the pattern says", () => {
    expect(dissected("%{a}: %{b}", "no")).toEqual({ tags: ["_dissectfailure"] });
    expect(dissected("<%{a}> %{b}", "x <1> 2")).toEqual({ tags: ["_dissectfailure"] });
  });

  it("changes the line where the pattern says so, for the raw topic too", () => {
    const { events } = runFilters([{ dissect: { pattern: "%{level}: %{message}" } }], [eventOf("info: hi")], { needs: [] });
    expect(events[0]?.message).toBe("hi");
  });

  it("takes keys from data as they are, and huge texts", () => {
    const fields = dissected("%{?k}=%{&k}", "__proto__=x") ?? {};
    expect(Object.hasOwn(fields, "__proto__")).toBe(true);
    expect(dissected("%{?k}=%{&k}", "message=x")).toEqual({ _message: "x" });
    expect(dissected("%{a->} %{b}", `1${" ".repeat(1_000_000)}2`)).toEqual({ a: "1", b: "2" });
  });

  it("refuses patterns that it could not follow", () => {
    expect(problemsOf([{ dissect: { pattern: "%{a}%{b}" } }])[0]).toContain("nothing between %{a}");
    expect(problemsOf([{ dissect: { pattern: "text" } }])[0]).toContain("has no field");
    expect(problemsOf([{ dissect: { pattern: "%{&k}" } }])[0]).toContain("needs %{?k}");
    expect(problemsOf([{ dissect: { pattern: "%{time}" } }])[0]).toContain('"time" cannot be changed');
    expect(problemsOf([{ dissect: { pattern: "%{a}", convert: { b: "float" } } }])[0]).toContain("is no field that the pattern finds");
  });
});
