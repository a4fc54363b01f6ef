import { describe, expect, it } from "vitest";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";
import { grokPatterns } from "./grok-patterns/index.ts";

/** The fields that a pattern finds in a line; undefined where it does not match. */
function grokked(match: string | string[], line: string, options: object = {}, fields: Record<string, unknown> = {}) {
  const { events, failures } = runFilters([{ grok: { match: [match].flat(), ...options } }], [eventOf(line, fields)]);
  return failures.length > 0 ? undefined : events[0]?.fields;
}

describe("grok", () => {
  it("reads Apache's combined lines", () => {
    const line = String.raw`2001:db8::7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326 "http://a.example/" "Mozilla/4.08 (X; \"q\")"`;
    expect(grokked("^%{COMBINEDAPACHELOG}$", line)).toEqual({
      source: { address: "2001:db8::7" },
      user: { name: "frank" },
      timestamp: "10/Oct/2000:13:55:36 -0700",
      http: {
        request: { method: "GET", referrer: "http://a.example/" },
        version: "1.0",
        response: { status_code: 200, body: { bytes: 2326 } },
      },
      url: { original: "/a.gif?x=1" },
      user_agent: { original: String.raw`Mozilla/4.08 (X; \"q\")` },
    });
  });

  it("reads common lines without a size, and with a request that is none", () => {
    const fields = grokked("%{COMMONAPACHELOG}", `10.0.0.1 - - [23/Nov/2026:08:00:00 +0800] "-" 408 -`);
    expect(fields).toMatchObject({ source: { address: "10.0.0.1" }, http: { response: { status_code: 408 } } });
  });

  it.each([
    ["NGINXACCESS", `10.1.2.3 - - [23/Nov/2026:08:00:00 +0800] "POST /api HTTP/2.0" 201 17 "-" "curl/8.5"`, "url.original", "/api"],
    ["NGINXERROR", `2026/11/23 08:00:00 [error] 12#12: *7 connect() failed (111: refused)`, "log.level", "error"],
    ["HTTPD_ERRORLOG", `[Mon Nov 23 08:00:00 2026] [error] [client 10.0.0.1] File does not exist: /x`, "source.address", "10.0.0.1"],
    ["HTTPD_ERRORLOG", `[Mon Nov 23 08:00:00.123456 2026] [core:error] [pid 5:tid 14] [client 10.0.0.1:5000] AH1: x`, "source.port", 5000],
    ["SYSLOGLINE", `Nov  3 08:00:00 web-1 sshd[402]: Accepted publickey for ada`, "process.pid", 402],
    [
      "SYSLOG5424LINE",
      `<165>1 2026-11-23T08:00:00.003Z host.example app 12 ID47 [a@1 b="]"] hello`,
      "system.syslog.structured_data",
      `[a@1 b="]"]`,
    ],
    ["CRONLOG", `Nov 23 08:00:01 web-1 CRON[77]: (root) CMD (run-parts /etc)`, "system.cron.action", "CMD"],
    ["CATALINALOG", `31-Jul-2020 16:40:38.578 INFO [main] org.apache.A.log Server: 9`, "java.log.origin.thread.name", "main"],
    ["JAVASTACKTRACEPART", `    at com.example.App$1.run(App.java:42)`, "log.origin.file.line", 42],
    [
      "HAPROXYHTTP",
      `Nov 23 08:00:00 lb haproxy[14389]: 10.0.1.2:33317 [23/Nov/2026:08:00:00.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {a.example} {} "GET /index.html?q=1 HTTP/1.1"`,
      "url.path",
      "/index.html",
    ],
    [
      "HAPROXYTCP",
      `Nov 23 08:00:00 lb haproxy[9]: 10.0.1.2:33317 [23/Nov/2026:08:00:00.655] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0`,
      "source.bytes",
      212,
    ],
  ])("reads %s of a real line", (name, line, field, value) => {
    const filters = [{ grok: { match: [`^%{${name}}$`] } }, { copy: { fields: { [field]: "found" } } }];
    const { events, failures } = runFilters(filters, [eventOf(line)]);
    expect(failures).toEqual([]);
    expect(events[0]?.fields["found"]).toBe(value);
  });

  it.each([
    ["IP", "::ffff:192.168.1.1"],
    ["IP", "1:2::3:4"],
    ["IP", "2001:db8::"],
    ["IP", "::1"],
    ["IP", "1:2:3:4:5:6:7:8"],
    ["IP", "255.1.2.3"],
    ["HOST", "a-b.example.com"],
    ["HOSTPORT", "a.example:80"],
    ["MAC", "00:1b:44:11:3a:b7"],
    ["URI", "https://u:p@a.example:8443/x/y?z=1&b=[2]"],
    ["PATH", "/var/log/a b".split(" ")[0] ?? ""],
    ["PATH", String.raw`C:\Windows\x.log`],
    ["TIMESTAMP_ISO8601", "2026-11-23T08:00:00.123+08:00"],
    ["TIMESTAMP_ISO8601", "2026-11-23 08:00:00,123"],
    ["HTTPDATE", "23/Nov/2026:08:00:00 +0800"],
    ["DATESTAMP_RFC2822", "Mon, 23 Nov 2026 08:00:00 +0800"],
    ["LOGLEVEL", "WARNING"],
    ["UUID", "0199a1b2-c3d4-7000-8000-000000000001"],
    ["QUOTEDSTRING", String.raw`"a \" b"`],
    ["NUMBER", "-12.5"],
    ["BASE16NUM", "0xFF"],
    ["EMAILADDRESS", "a.b+c@d.example"],
    ["YEAR", "2026"],
  ])("knows %s, whole: %s", (name, text) => {
    expect(grokked(`<%{${name}:x}>`, `<${text}>`)).toEqual({ x: text });
    expect(grokked(`%{${name}:x}`, text)).toEqual({ x: text });
  });

  it("does not take what is none for an address", () => {
    expect(grokked("^%{IP:x}$", "256.1.1.1")).toBeUndefined();
    expect(grokked("^%{IP:x}$", "1:2:3")).toBeUndefined();
  });

  it("compiles every pattern that it knows", () => {
    for (const name of grokPatterns.keys()) expect(problemsOf([{ grok: { match: [`%{${name}}`] } }])).toEqual([]);
  });

  it("makes numbers of captures with a type, and keeps what would lose digits", () => {
    const match = "%{INT:a:int} %{NUMBER:b:float} %{WORD:c:boolean} %{INT:d:int}";
    expect(grokked(match, "12 1.5 true 12345678901234567890")).toEqual({ a: 12, b: 1.5, c: true, d: "12345678901234567890" });
  });

  it("names fields with dots and with brackets, and takes named groups", () => {
    expect(grokked("%{IP:client.ip} %{WORD:[a][b.c]} (?<queue.id>[0-9A-F]{4,})", "10.0.0.1 w 0AF1")).toEqual({
      client: { ip: "10.0.0.1" },
      a: { "b.c": "w" },
      queue: { id: "0AF1" },
    });
  });

  it("takes Ruby's way of expressions: atomic and unnamed groups, anchors, classes, back-references", () => {
    expect(grokked(String.raw`\A(?>a+)(b|c)(?<x>[[:digit:]]+)-\k<x>\z`, "aac12-12")).toEqual({ x: "12" });
    expect(grokked(String.raw`(?i)^LEVEL=(?<x>\h+)$`, "first\nlevel=beef\nlast")).toEqual({ x: "beef" });
    expect(grokked(String.raw`(?>a|ab)c(?<x>.)`, "abcd")).toBeUndefined();
  });

  it("takes own patterns, and refuses those that are unknown, endless or no expression", () => {
    expect(grokked("%{ORDER:order}", "nr A-17", { patterns: { ORDER: "[A-Z]-%{INT}" } })).toEqual({ order: "A-17" });
    expect(problemsOf([{ grok: { match: ["%{LOGLEVLE:x}"] } }])).toEqual([
      'filters.0.grok.match.0: there is no pattern "LOGLEVLE", did you mean "LOGLEVEL"?',
    ]);
    expect(problemsOf([{ grok: { match: ["%{A}"], patterns: { A: "%{B}", B: "%{A}" } } }])[0]).toContain("refers to itself");
    expect(problemsOf([{ grok: { match: ["(a"] } }])[0]).toContain("match.0");
    expect(problemsOf([{ grok: { match: ["%{INT:id}"] } }])[0]).toContain('"id" cannot be changed');
    expect(problemsOf([{ grok: { match: ["%{INT:a.__proto__.b}"] } }])[0]).toContain("__proto__");
    expect(problemsOf([{ grok: { match: ["%{INT:x:date}"] } }])[0]).toContain('"date" is no type');
    const patterns = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`P${index}`, `%{P${index + 1}}%{P${index + 1}}`]));
    expect(problemsOf([{ grok: { match: ["%{P0}"], patterns: { ...patterns, P30: "a" } } }])[0]).toContain("longer than");
  });

  it("ends at the first pattern that matches, or adds what the others find", () => {
    const match = ["%{INT:a}", "%{WORD:b}"];
    expect(grokked(match, "7")).toEqual({ a: "7" });
    expect(grokked(match, "7", { breakOnMatch: false })).toEqual({ a: "7", b: "7" });
  });

  it("adds to a field that is there, and replaces those of overwrite", () => {
    expect(grokked("%{WORD:a} %{WORD:a}", "x y")).toEqual({ a: ["x", "y"] });
    expect(grokked("%{WORD:a}", "x", {}, { a: "old" })).toEqual({ a: ["old", "x"] });
    expect(grokked("%{WORD:a}", "x", { overwrite: ["a"] }, { a: "old" })).toEqual({ a: "x" });
    expect(grokked("%{WORD:a}", "x", { target: "t.u" })).toEqual({ t: { u: { a: "x" } } });
  });

  it("changes the line where overwrite says so, for the raw topic too, and else keeps a found message beside it", () => {
    const filter = { match: ["%{WORD:level}: %{GREEDYDATA:message}"] };
    expect(filtered([{ grok: filter }], "info: hello")).toMatchObject({ message: "info: hello", fields: { _message: "hello" } });
    const overwritten = runFilters([{ grok: { ...filter, overwrite: ["message"] } }], [eventOf("info: hello")], { needs: [] });
    expect(overwritten.events[0]?.message).toBe("hello");
    expect(overwritten.events[0]?.fields).toEqual({ level: "info" });
  });

  it("tags what no pattern matches, as is said", () => {
    const { events, failures } = runFilters([{ grok: { match: ["^%{INT}$"] } }], [eventOf("x")]);
    expect(events[0]?.tags).toEqual(["_grokparsefailure"]);
    expect(failures).toEqual(["grok: no pattern matches message"]);
    expect(grokked("^%{INT}$", "x", { tagOnFailure: [] })).toEqual({});
    expect(grokked("^%{INT}$", "x", { tagOnFailure: ["none"] })).toEqual({ tags: ["none"] });
  });

  it("is ended where a pattern takes too long, and goes on with the next event", () => {
    const filters = [{ grok: { match: ["^(?:a+)+$"] } }];
    const { events, failures } = runFilters(filters, [eventOf(`${"a".repeat(64)}!`), eventOf("aaa")], { eventMsMax: 50 });
    expect(events.map(({ tags }) => tags)).toEqual([["_grokparsefailure"], []]);
    expect(failures).toEqual(["grok: took longer than 50 ms for an event"]);
  });
});
