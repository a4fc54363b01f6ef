import { execFileSync } from "node:child_process";
import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import type { RecordDetail } from "../../../src/wire.ts";
import { toCurl } from "./curl.ts";

/** Runs the command in a real shell where `curl` prints its arguments and its input, and returns both. */
function run(record: Partial<RecordDetail>): { args: string[]; stdin: string } {
  const command = toCurl({ day: "2026-11-23", id: "x", ...record });
  const script = `curl() { printf '%s\\0' "$@"; case "$*" in *"@-"*) printf '\\0'; cat;; esac; }\n${command}`;
  const [args = "", stdin = ""] = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0\0");
  return { args: args.split("\0").filter((argument, index, all) => index < all.length - 1 || argument !== ""), stdin };
}

test("a call becomes the arguments that send it again", () => {
  const { args } = run({
    method: "POST",
    url: "http://api.example.com/a b?x=1&y='2'",
    requestHeaders: { "content-type": "application/json", "x-tag": ["one", "two"], host: "api.example.com", "content-length": "12" },
    requestContent: '{"title":"it\'s 日志 $HOME `id` \\\\ \n"}',
  });
  expect(args).toEqual([
    "-X",
    "POST",
    "http://api.example.com/a b?x=1&y='2'",
    "-H",
    "content-type: application/json",
    "-H",
    "x-tag: one",
    "-H",
    "x-tag: two",
    "--data-raw",
    '{"title":"it\'s 日志 $HOME `id` \\\\ \n"}',
  ]);
});

test("a plain GET is just its address", () => {
  expect(toCurl({ day: "d", id: "i", method: "GET", url: "http://127.0.0.1:9000/hello" })).toBe("curl \\\n  http://127.0.0.1:9000/hello");
});

test("a base64 body is sent as its bytes", () => {
  const { args, stdin } = run({
    method: "PUT",
    url: "http://x/",
    requestEncoding: "base64",
    requestContent: Buffer.from("bytes ☃").toString("base64"),
  });
  expect(args.slice(-2)).toEqual(["--data-binary", "@-"]);
  expect(stdin).toBe("bytes ☃");
});

test("a body that begins with @ is text, not a file's name", () => {
  expect(run({ method: "POST", url: "http://x/", requestContent: "@/etc/passwd" }).args.slice(-2)).toEqual(["--data-raw", "@/etc/passwd"]);
});

test("what is missing is announced in comments that stay comments", () => {
  const command = toCurl({
    day: "d",
    id: "i",
    method: "POST",
    url: "http://x/",
    requestContent: "half",
    requestTruncated: true,
    requestBytes: 70_000,
    redacted: ["requestHeaders.authorization", "evil\nrm -rf /"],
  });
  const lines = command.split("\n");
  expect(lines[0]).toMatch(/^# .*70000 bytes/u);
  expect(lines[1]).toBe("# Masked values: requestHeaders.authorization, evil rm -rf /");
  expect(toCurl({ day: "d", id: "i", method: "POST", url: "http://x/", requestEncoding: "omitted" })).toMatch(/^# .*not stored/u);
});

test("no header, body or address escapes from its quotes", () => {
  const text = string({ unit: "grapheme", minLength: 1, maxLength: 30 }).map(
    (value) => value.replaceAll("\0", "").replaceAll(/[\uD800-\uDFFF]/gu, "") || "x",
  );
  assert(
    property(text, text, text, (url, header, body) => {
      const { args } = run({ method: "POST", url: `http://${url}`, requestHeaders: { "x-h": header }, requestContent: body });
      expect(args).toEqual(["-X", "POST", `http://${url}`, "-H", `x-h: ${header}`, "--data-raw", body]);
    }),
    { numRuns: 60 },
  );
});
