import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";
import type { Machine } from "./machine.ts";

/** Figures by name, grouped as a bench likes. */
export type Figures = { readonly [name: string]: number | string | Figures };

/** What a bench leaves behind. */
export interface Results {
  readonly name: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly rounds: number;
  /** Ours through the peer's, medians of the rounds. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly figures: Figures;
}

/** Where results lie; not under version control unless somebody adds them. */
export const resultsDirectory = join(repositoryRoot, "tools/bench/results");

/** Writes `<name>.json` and returns its path. */
export function writeResults(results: Results, directory = resultsDirectory): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${results.name}.json`);
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  return file;
}
