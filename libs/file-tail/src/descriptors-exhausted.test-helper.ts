// A process that has no file descriptor left, for tests: scans and watches a directory before, while and after, and prints what came of it.
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "./errors.ts";
import { compileGlob } from "./glob.ts";
import { DirectoryHints } from "./hint.ts";
import { Scanner } from "./scan.ts";

const directory = process.argv[2] ?? "";
const scanner = new Scanner({ globs: [compileGlob(`${directory}/**/*.log`)], excluded: [] });
const failures: (string | undefined)[] = [];
const hints = new DirectoryHints({
  onHint: () => {},
  onFailure: (error) => failures.push(systemCode(error)),
  limits: { retryMs: 0 },
});

async function look() {
  const { files, unknown, failure } = await scanner.scan();
  hints.watch([directory]);
  return { files: files.length, unknown, code: systemCode(failure?.error), watches: hints.count, failures: [...failures] };
}

const descriptors: number[] = [];

/** Takes all descriptors; again before each look, for what loads modules gives some back. */
function exhaust(): void {
  try {
    for (;;) descriptors.push(openSync("/dev/null", "r"));
  } catch {
    // None is left.
  }
}

function lookExhausted() {
  exhaust();
  return look();
}

// The first scan loads what the process needs for it. Nothing is watched yet: that is where the kernel's instance is made.
await scanner.scan();
exhaust();
await sleep(100);
const during = [await lookExhausted(), await lookExhausted()];
for (const descriptor of descriptors) closeSync(descriptor);
const after = await look();
hints.close();
process.stdout.write(JSON.stringify({ during, after }));
