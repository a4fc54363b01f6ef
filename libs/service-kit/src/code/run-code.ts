import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { createJiti as CreateJiti } from "jiti";
import type { CodeValue } from "../config/code-document.ts";
import { ConfigError } from "../start-error.ts";

/** A configuration that is code and cannot be run, with the files in which that may be mended. */
export class CodeError extends ConfigError {
  readonly files: readonly string[];

  constructor(message: string, files: readonly string[], cause: unknown) {
    super([message], cause);
    this.files = files;
  }
}

/**
 * Runs a configuration in TypeScript (or .js, .mjs) anew, with all that it imports but packages. `modules`: what the app gives it under a package's
 * name, e.g. `@gatelog/processor`, wherever the file lies.
 *
 * **Errors**: CodeError, one sentence with `file:line`.
 */
export function runCode(path: string, modules: Readonly<Record<string, Record<string, unknown>>>): CodeValue {
  const file = resolve(path);
  const jiti = loadJiti()(file, { fsCache: false, interopDefault: false, sourceMaps: false, virtualModules: { ...modules } });
  const before = new Set(Object.keys(jiti.cache));
  const own = () => Object.keys(jiti.cache).filter((name) => !before.has(name) && isOwn(name));
  let files: readonly string[] = [file];
  try {
    const exported = jiti(file) as { readonly default?: unknown };
    files = [...new Set([file, ...own()])];
    return { value: exported.default, files };
  } catch (error) {
    const place = placeOf(error, file);
    throw new CodeError(`${place.text}: ${sentenceOf(error)}`, [...new Set([file, place.file, ...own()])], error);
  } finally {
    // The next reading runs them again.
    for (const name of own()) delete jiti.cache[name];
  }
}

/** It is large, and most configurations are YAML: loaded when it is asked for. Beside the app as it is delivered, else a package. */
function loadJiti(): typeof CreateJiti {
  const delivered = join(import.meta.dirname, "jiti.cjs");
  const loaded = createRequire(import.meta.url)(existsSync(delivered) ? delivered : "jiti") as { readonly createJiti: typeof CreateJiti };
  return loaded.createJiti;
}

function isOwn(name: string): boolean {
  return !/[\\/]node_modules[\\/]/.test(name) && name !== join(import.meta.dirname, "jiti.cjs");
}

/** Where it happened: jiti ends a syntax error's message with it; what a file throws has it in its stack. */
function placeOf(error: unknown, file: string): { readonly text: string; readonly file: string } {
  const { message = "", stack = "" } = error instanceof Error ? error : {};
  const syntax = /\n\s*(?<file>\/.+|[A-Za-z]:\\.+):(?<line>\d+):(?<column>\d+)$/.exec(message)?.groups;
  if (syntax?.["file"] !== undefined) return { text: `${syntax["file"]}:${syntax["line"]}:${syntax["column"]}`, file: syntax["file"] };
  for (const line of stack.split("\n")) {
    const frame = /(?:\(|at )(?:file:\/\/)?(?<file>(?:\/|[A-Za-z]:\\)[^()]+):(?<line>\d+):\d+\)?$/.exec(line)?.groups;
    const name = frame?.["file"];
    if (name !== undefined && isOwn(name) && name !== import.meta.filename) return { text: `${name}:${frame?.["line"]}`, file: name };
  }
  return { text: file, file };
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return `it throws ${String(error)}`;
  const [first = ""] = error.message.split("\n");
  if (/await is only valid/.test(first)) return "await at the top of the file is not possible: a configuration is read at once";
  const text = first.replace(/^ParseError: /, "this is not valid TypeScript: ").trim();
  return text === "" ? error.name : text;
}
