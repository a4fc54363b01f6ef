import { compileGlob } from "@gatelog/file-tail";
import { describe, expect, test } from "vitest";
import { filePatternToGlobs } from "./file-patterns.ts";
import { mayMatchEnding, pathToGlob } from "./paths.ts";

const paths = [
  "/var/log/app.log",
  "/var/log/app.log.gz",
  "/var/log/app.log.1",
  "/var/log/app.log.12",
  "/var/log/app.log.1x",
  "/var/log/app.log-20240131",
  "/var/log/app.log-2024013",
  "/var/log/app.log.zip",
  "/var/log/debug/app.log",
  "/var/log/debug/deep/er/app.log",
  "/var/log/nodebug.txt",
  "/var/log/.hidden.gz",
  "/srv/var/log/app.log",
  "/srv/error-a/x/b.log",
  "/srv/error.b.log",
  "/srv/a+b(1){2}.log",
];

describe("a regular expression over paths", () => {
  test.each([
    String.raw`\.gz$`,
    ".gz$",
    "gz",
    "debug",
    "^/var/log/debug/",
    "^/var/log/debug/.*",
    "^/var/log/.*",
    "/var/log/app",
    String.raw`\.(gz|zip|bz2)$`,
    String.raw`\.gz$|\.zip$`,
    String.raw`\.\d+$`,
    String.raw`\.[0-9]{1,2}$`,
    String.raw`-\d{8}$`,
    String.raw`\.log(\.gz)?$`,
    "error.*log$",
    String.raw`^.*\.log$`,
    String.raw`^.*/debug/.+$`,
    String.raw`a\+b\(1\)\{2\}\.log$`,
    "^nothing$",
    String.raw`app\.log\.1x*$`,
    ".*",
  ])("%s becomes globs that match the same paths", (pattern) => {
    const globs = filePatternToGlobs(pattern);
    expect(globs).toBeDefined();
    const compiled = (globs ?? []).map((glob) => compileGlob(glob));
    const matched = paths.filter((path) => compiled.some((glob) => glob.matches(path)));
    expect(matched).toEqual(paths.filter((path) => new RegExp(pattern).test(path)));
  });

  test.each([
    "(?i)gz$",
    "[^0-9]$",
    String.raw`\bgz`,
    "(ab)+",
    "a{2,}",
    "(a",
    "a)",
    "[",
    "*",
    "a$b",
    "[[:digit:]]",
    "(a|b|c)(a|b|c)(a|b|c)",
    "a{99}",
  ])("%s, which globs cannot say, is not guessed at", (pattern) => {
    expect(filePatternToGlobs(pattern)).toBeUndefined();
  });
});

test("a dot that would have to stand for a slash leaves a file in rather than out", () => {
  const globs = (filePatternToGlobs(".gz$") ?? []).map((glob) => compileGlob(glob));
  expect(globs.some((glob) => glob.matches("/srv/gz"))).toBe(false);
});

describe("a path pattern of Go", () => {
  test.each([
    ["/var/log/*.log", true, "/var/log/*.log"],
    ["/var/**/log/**/*.log", true, "/var/*/log/**/*.log"],
    ["/var/log/**", false, "/var/log/*"],
    ["/var/log/**.log", true, "/var/log/*.log"],
    ["/var/log/{a,b}(1).log", true, String.raw`/var/log/\{a,b\}\(1\).log`],
    [String.raw`/var/log/\*.log`, true, String.raw`/var/log/\*.log`],
  ])("%s (recursive: %s) becomes %s", (path, isRecursive, glob) => {
    expect(pathToGlob(path, isRecursive)).toBe(glob);
  });

  test("that means nothing by braces matches them as they are", () => {
    expect(compileGlob(pathToGlob("/a/{x}(1)*.log", true)).matches("/a/{x}(1)b.log")).toBe(true);
  });

  test("can be asked whether names with an ending match", () => {
    expect(mayMatchEnding("/var/log/*", ".gz")).toBe(true);
    expect(mayMatchEnding("/var/log/*.log", ".gz")).toBe(false);
  });
});
