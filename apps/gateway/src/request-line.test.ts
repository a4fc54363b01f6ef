import { describe, expect, test } from "vitest";
import { asciiTarget, climbs, isValidRequestId, pathOf, queryOf, readable, readTarget, readTraceparent } from "./request-line.ts";
import { isoTime } from "./iso-time.ts";

describe("a request target", () => {
  test("is split at its first question mark", () => {
    expect([pathOf("/a?b?c"), queryOf("/a?b?c"), queryOf("/a"), queryOf("/a?")]).toEqual(["/a", "b?c", undefined, ""]);
  });

  test("in absolute form is reduced to its path and tells its host", () => {
    expect(readTarget("http://h:81/p?q")).toEqual({ target: "/p?q", authority: "h:81" });
    expect(readTarget("HTTPS://h")).toEqual({ target: "/", authority: "h" });
    expect(readTarget("http://h?q")).toEqual({ target: "/?q", authority: "h" });
    expect(readTarget("http://u:p@ss@h:81/p@q")).toEqual({ target: "/p@q", authority: "h:81" });
    expect([readTarget("/p"), readTarget("*"), readTarget("//x/y")]).toEqual([{ target: "/p" }, { target: "*" }, { target: "//x/y" }]);
  });

  test.each(["/a/..", "/../a", "/a/%2E%2e/b", "/a/.%2e", "/a/..%2Fb", "/a\\..\\b", "/a%5c..", "/a/..;x=1/b"])("%s climbs", (path) =>
    expect(climbs(path)).toBe(true),
  );
  test.each(["/a", "/a..b/c", "/...", "/a/.../b", "/.a/", "/%2e%2ea", "/a/.", "/日"])("%s does not climb", (path) =>
    expect(climbs(path)).toBe(false),
  );

  test("with bytes beyond ASCII is recorded percent-encoded", () => {
    expect(asciiTarget(Buffer.from("/你?a=é").toString("latin1"))).toBe("/%E4%BD%A0?a=%C3%A9");
  });
});

describe("headers of identity", () => {
  test("keep a request id that can be logged", () => {
    expect(["a", "x".repeat(128), "a-b_c.d:e/f+g=h@i~j"].every(isValidRequestId)).toBe(true);
    expect(["", "x".repeat(129), "a b", "a,b", "a\nb", "é", undefined, ["a"]].some(isValidRequestId)).toBe(false);
  });

  test("give trace and span of a valid traceparent only", () => {
    const [trace, span] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
    expect(readTraceparent(`00-${trace}-${span}-01`)).toEqual({ traceId: trace, spanId: span });
    expect([`00-${"0".repeat(32)}-${span}-01`, `00-${trace}-${"0".repeat(16)}-01`, "00-x-y-01", undefined].map(readTraceparent)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("are readable where they are UTF-8, and as they came where they are not", () => {
    expect(readable(Buffer.from("名字").toString("latin1"))).toBe("名字");
    expect([readable("plain"), readable("caf\u00E9")]).toEqual(["plain", "caf\u00E9"]);
  });
});

describe("a time", () => {
  test("has milliseconds and the machine's offset, and is the same moment", () => {
    for (const ms of [0, 1_795_458_684_831, Date.now()]) {
      expect(isoTime(ms)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:\d\d)$/);
      expect(new Date(isoTime(ms)).getTime()).toBe(ms);
    }
  });
});
