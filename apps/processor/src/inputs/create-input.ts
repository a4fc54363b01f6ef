import type { Config } from "../config.ts";
import { BeatsInput } from "./beats-input.ts";
import { FileInput } from "./file-input.ts";
import { HttpInput } from "./http-input.ts";
import type { Input, InputContext } from "./input.ts";
import { StdinInput } from "./stdin-input.ts";
import { TopicInput } from "./topic-input.ts";

export type InputConfig = Config["inputs"][number];

/** Makes a configured input, not started. */
export function createInput(input: InputConfig, context: InputContext): Input {
  if ("beats" in input) return new BeatsInput(input.beats, context);
  if ("kafka" in input) return new TopicInput(input.kafka, context);
  if ("embedded" in input) return new TopicInput(input.embedded, context);
  if ("http" in input) return new HttpInput(input.http, context);
  if ("file" in input) return new FileInput(input.file, context);
  return new StdinInput(input.stdin, context);
}

/** The kind of an input, as its key is called. */
export function inputKind(input: InputConfig): string {
  return Object.keys(input)[0] ?? "input";
}

/** Names of all inputs: their kinds, numbered from the second of a kind on. */
export function inputNames(inputs: readonly InputConfig[]): string[] {
  const counts = new Map<string, number>();
  return inputs.map((input) => {
    const kind = inputKind(input);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count === 1 ? kind : `${kind}${count}`;
  });
}
