import { createMasker, Redactions, type MaskerOptions } from "@gatelog/masking";
import { describe, expect, test } from "vitest";
import { HeaderJson } from "./header-json.ts";

function headerJson(options: { masking?: MaskerOptions; kept?: readonly string[] } = {}) {
  const headers = new HeaderJson(createMasker(options.masking), "requestHeaders", options.kept ?? ["*"]);
  return (...raw: string[]) => {
    const redactions = new Redactions();
    const json = headers.of(raw, redactions);
    return { headers: JSON.parse(json) as Record<string, unknown>, json, redacted: redactions.list() };
  };
}

const latin1 = (text: string) => Buffer.from(text).toString("latin1");

describe("headers as JSON", () => {
  test("are pairs by lower-case name in the order in which they came, the same each time", () => {
    const of = headerJson();
    for (let time = 0; time < 3; time++)
      expect(of("Host", "a", "ACCEPT", 'text/html, "x"').json).toBe('{"host":"a","accept":"text/html, \\"x\\""}');
    expect(of().json).toBe("{}");
  });

  test("show UTF-8 as what it is, and other bytes one by one", () => {
    const of = headerJson();
    expect(of("x-name", latin1("张三 日志"), "x-other", "caf\u00E9").headers).toEqual({ "x-name": "张三 日志", "x-other": "caf\u00E9" });
  });

  test("that are repeated are joined, in any spelling, equal values once", () => {
    const of = headerJson();
    for (let time = 0; time < 3; time++) {
      expect(of("Via", "1", "accept", "x", "via", "2", "VIA", "3").headers).toEqual({ via: "1, 2, 3", accept: "x" });
      expect(of("via", "1", "via", "1").headers).toEqual({ via: "1" });
    }
  });

  test("of one call are not taken for repetitions in the next", () => {
    const of = headerJson();
    expect([of("a", "1").headers, of("A", "2").headers]).toEqual([{ a: "1" }, { a: "2" }]);
  });

  test("with names of JavaScript's own are only headers", () => {
    const of = headerJson();
    expect(of("__proto__", "1", "constructor", "2").json).toBe('{"__proto__":"1","constructor":"2"}');
    expect(of("__proto__", "1", "toString", "2", "__proto__", "3").json).toBe('{"__proto__":"1, 3","tostring":"2"}');
  });

  test("are right with more names and more values than are remembered", () => {
    const of = headerJson();
    for (let call = 0; call < 2000; call++) {
      const value = String(call);
      expect(of(`x-${call}`, value, "Date", value, `X-${call}`, value, "date", "z").headers).toEqual({
        [`x-${call}`]: value,
        date: `${value}, z`,
      });
      expect(of("date", value, "x-long", value.repeat(200)).headers).toEqual({ date: value, "x-long": value.repeat(200) });
    }
  });

  test("are right within one call with more names than are remembered", () => {
    const raw = Array.from({ length: 700 }, (_, index) => [`x-${index}`, "v"]).flat();
    expect(Object.keys(headerJson()(...raw, "X-0", "w").headers)).toHaveLength(700);
    expect(headerJson()(...raw, "X-0", "w").headers["x-0"]).toBe("v, w");
  });

  test("are masked each time, and what was masked is named each time", () => {
    const of = headerJson({ masking: { profile: "cn-pipl" } });
    for (let time = 0; time < 2; time++) {
      expect(of("Authorization", "Bearer x1", "x-note", "call 13800138000", "accept", "*/*")).toEqual({
        headers: { authorization: "***", "x-note": "call ***", accept: "*/*" },
        json: expect.any(String) as string,
        redacted: ["requestHeaders.authorization", "requestHeaders.x-note.detector:phone"],
      });
      expect(of("cookie", "a", "cookie", "b").headers).toEqual({ cookie: "***" });
    }
  });

  test("that masking removes are left out, whether they are repeated or not", () => {
    const of = headerJson({ masking: { mode: "remove" } });
    expect(of("cookie", "a", "accept", "x")).toMatchObject({ json: '{"accept":"x"}', redacted: ["requestHeaders.cookie"] });
    expect(of("accept", "x", "cookie", "a", "accept", "y").json).toBe('{"accept":"x, y"}');
    expect(of("cookie", "a").json).toBe("{}");
  });

  test("outside of the list are left out, in any spelling", () => {
    const of = headerJson({ kept: ["Accept", "x-one"] });
    expect(of("ACCEPT", "x", "host", "h", "host", "i", "X-One", "1").json).toBe('{"accept":"x","x-one":"1"}');
    expect(headerJson({ kept: [] })("accept", "x").json).toBe("{}");
  });
});
