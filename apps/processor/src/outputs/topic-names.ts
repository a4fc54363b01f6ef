import { RE2JS } from "re2js";
import type { WorkEvent } from "../work-event.ts";
import { FieldTemplate } from "./field-template.ts";

export interface TopicNamesOptions {
  readonly template: string;
  readonly allowed: string;
  readonly topicsMax: number;
  /** Told of each event whose own topic it may not have, with a sentence. */
  readonly onRefused: (reason: string) => void;
}

/** What Kafka takes for a name. */
const kafkaName = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;
/** Characters of a refused name that are told. */
const toldLengthMax = 100;

/**
 * Chooses topics by fields. Names come from data, so they are held against a pattern, and are bounded in number.
 *
 * **Guarantee**: `of` gives a name that Kafka takes, or undefined: then the event goes to the output's own topic.
 */
export class TopicNames {
  readonly #options: TopicNamesOptions;
  readonly #template: FieldTemplate;
  readonly #allowed: RE2JS;
  readonly #known = new Set<string>();

  /** The options have passed `topicNamesProblems`. */
  constructor(options: TopicNamesOptions) {
    this.#options = options;
    this.#template = FieldTemplate.parse(options.template) as FieldTemplate;
    this.#allowed = RE2JS.compile(options.allowed);
  }

  of(event: WorkEvent): string | undefined {
    const name = this.#template.of(event);
    if (name === undefined || this.#known.has(name)) return name;
    const reason = this.#refusal(name);
    if (reason === undefined) {
      this.#known.add(name);
      return name;
    }
    this.#options.onRefused(`${JSON.stringify(name.slice(0, toldLengthMax))} ${reason}`);
    return undefined;
  }

  #refusal(name: string): string | undefined {
    if (!kafkaName.test(name)) return "is no name of a topic";
    if (!this.#allowed.matches(name)) return "does not match nameBy.allowed";
    return this.#known.size >= this.#options.topicsMax
      ? `would be more than nameBy.topicsMax, ${this.#options.topicsMax} topics`
      : undefined;
  }
}

/** What is wrong with a template or a pattern, by the option's name. */
export function topicNamesProblems({ template, allowed }: { readonly template: string; readonly allowed: string }) {
  const parsed = FieldTemplate.parse(template);
  const problems: { readonly path: readonly string[]; readonly message: string }[] = [];
  if (typeof parsed === "string") problems.push({ path: ["template"], message: parsed });
  try {
    RE2JS.compile(allowed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push({ path: ["allowed"], message: `"${allowed}" is no regular expression: ${reason}` });
  }
  return problems;
}
