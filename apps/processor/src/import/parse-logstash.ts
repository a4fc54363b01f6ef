import { StartError } from "@gatelog/service-kit";
import {
  type Attribute,
  type BranchArm,
  type HashEntry,
  type LogstashConfig,
  type Plugin,
  type SectionKind,
  sectionKinds,
  type Statement,
  type Value,
} from "./logstash-syntax.ts";
import { parseCondition } from "./parse-condition.ts";
import { Scanner } from "./scanner.ts";

/** A file of a configuration. */
export interface SourceFile {
  /** Its name, for messages. */
  readonly file: string;
  readonly text: string;
}

/** Values within values, branches within branches. */
const depthMax = 200;

const name = /[A-Za-z0-9_-]+/y;

/**
 * Reads the files of one pipeline, in their order: their sections are joined, as Logstash joins them.
 *
 * **Errors**: StartError with file, line, column and one sentence.
 */
export function parseLogstash(files: readonly SourceFile[]): LogstashConfig {
  const sections: Record<SectionKind, Statement[]> = { input: [], filter: [], output: [] };
  for (const { file, text } of files) {
    for (const { kind, body } of new Parser(new Scanner(file, text)).sections()) sections[kind].push(...body);
  }
  if (sectionKinds.every((kind) => sections[kind].length === 0)) {
    throw new StartError(`${files.map(({ file }) => file).join(", ")}: no configuration of Logstash, it has no input, filter or output`);
  }
  return sections;
}

class Parser {
  readonly #scanner: Scanner;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  *sections(): Generator<{ kind: SectionKind; body: readonly Statement[] }> {
    const scanner = this.#scanner;
    for (scanner.skip(); !scanner.isAtEnd; scanner.skip()) {
      const { place } = scanner;
      const found = scanner.found();
      const word = scanner.take(name);
      const kind = sectionKinds.find((section) => section === word);
      if (kind === undefined) throw scanner.failure(`expected input, filter or output, found ${found}`, place);
      scanner.skip();
      scanner.expect("{", `behind ${kind}`);
      yield { kind, body: this.#body(`the section ${kind}`, 0) };
    }
  }

  /** Statements, and the brace behind them. */
  #body(of: string, depth: number): readonly Statement[] {
    const scanner = this.#scanner;
    const { place } = scanner;
    if (depth > depthMax) scanner.fail(`conditions stand ${depthMax} deep in each other: make them fewer`);
    const statements: Statement[] = [];
    for (;;) {
      scanner.skip();
      if (scanner.takeText("}")) return statements;
      if (scanner.isAtEnd) scanner.fail(`${of} has no end: a "}" is missing`, place);
      statements.push(scanner.sees(/if(?![A-Za-z0-9_-])/y) ? this.#branch(depth) : this.#plugin(0));
    }
  }

  #branch(depth: number): Statement {
    const { place } = this.#scanner;
    this.#scanner.take(/if/y);
    const arms: BranchArm[] = [this.#arm(place, true, depth)];
    for (;;) {
      this.#scanner.skip();
      const armPlace = this.#scanner.place;
      if (this.#scanner.sees(/els(?:e)?if(?![A-Za-z0-9_-])/y)) this.#scanner.fail(`there is no ${this.#scanner.found()}: write else if`);
      if (this.#scanner.take(/else(?![A-Za-z0-9_-])/y) === undefined) return { kind: "branch", arms, place };
      this.#scanner.skip();
      const hasCondition = this.#scanner.take(/if(?![A-Za-z0-9_-])/y) !== undefined;
      arms.push(this.#arm(armPlace, hasCondition, depth));
      if (!hasCondition) return { kind: "branch", arms, place };
    }
  }

  #arm(place: BranchArm["place"], hasCondition: boolean, depth: number): BranchArm {
    const scanner = this.#scanner;
    scanner.skip();
    const condition = hasCondition ? parseCondition(scanner, () => this.#value(0)) : undefined;
    scanner.skip();
    scanner.expect("{", hasCondition ? "behind the condition" : "behind else");
    return { condition, body: this.#body("this branch", depth + 1), place };
  }

  #plugin(depth: number): Plugin {
    const scanner = this.#scanner;
    const { place } = scanner;
    const plugin = this.#name("the name of a plugin");
    scanner.skip();
    scanner.expect("{", `behind ${plugin}`);
    return { kind: "plugin", name: plugin, attributes: this.#attributes(plugin, depth), place };
  }

  #attributes(plugin: string, depth: number): readonly Attribute[] {
    const scanner = this.#scanner;
    const attributes: Attribute[] = [];
    for (;;) {
      scanner.skip();
      if (scanner.takeText("}")) return attributes;
      const { place } = scanner;
      if (scanner.isAtEnd) scanner.fail(`${plugin} has no end: a "}" is missing`);
      if (scanner.next === ",") scanner.fail("between options there is no comma: leave it out");
      const option = this.#name(`an option of ${plugin}`);
      scanner.skip();
      scanner.expect("=>", `behind ${option}`);
      scanner.skip();
      attributes.push({ name: option, value: this.#value(depth + 1), place });
    }
  }

  #name(what: string): string {
    const scanner = this.#scanner;
    if (scanner.next === '"' || scanner.next === "'") return scanner.takeQuoted();
    return scanner.take(name) ?? scanner.fail(`expected ${what}, found ${scanner.found()}`);
  }

  #value(depth: number): Value {
    const scanner = this.#scanner;
    const { place, next } = scanner;
    if (depth > depthMax) scanner.fail(`values stand ${depthMax} deep in each other: make them fewer`);
    if (next === '"' || next === "'") return { kind: "text", text: scanner.takeQuoted(), place };
    if (scanner.takeText("[")) return { kind: "array", items: this.#items(depth), place };
    if (scanner.takeText("{")) return { kind: "hash", entries: this.#entries(depth), place };
    const text = scanner.take(/-?[0-9]+(?:\.[0-9]*)?(?![\w.-])/y);
    if (text !== undefined) return { kind: "number", number: Number(text), text, place };
    if (scanner.sees(/[A-Za-z0-9_-]+(?:\s|#[^\n]*\n)*\{/y)) return { kind: "plugin", plugin: this.#plugin(depth), place };
    const word = scanner.take(/[A-Za-z_][A-Za-z0-9_]*(?![^\s,\]}#])/y);
    return word === undefined ? this.#noValue() : { kind: "text", text: word, place };
  }

  #noValue(): never {
    const found = this.#scanner.found();
    const hint = /^"[\w%.$]/.test(found) ? ": put it in quotes" : "";
    return this.#scanner.fail(`expected a text, a number, a list, a hash or a codec, found ${found}${hint}`);
  }

  #items(depth: number): readonly Value[] {
    const scanner = this.#scanner;
    const items: Value[] = [];
    for (;;) {
      scanner.skip();
      if (items.length === 0 && scanner.takeText("]")) return items;
      items.push(this.#value(depth + 1));
      scanner.skip();
      if (scanner.takeText("]")) return items;
      scanner.expect(",", 'or "]" in the list');
    }
  }

  #entries(depth: number): readonly HashEntry[] {
    const scanner = this.#scanner;
    const entries: HashEntry[] = [];
    for (;;) {
      scanner.skip();
      if (scanner.takeText("}")) return entries;
      const { place } = scanner;
      if (scanner.next === ",") scanner.fail("between the entries of a hash there is no comma: leave it out");
      const key = this.#name("a key");
      scanner.skip();
      scanner.expect("=>", `behind ${key}`);
      scanner.skip();
      if (entries.some((entry) => entry.key === key)) scanner.fail(`${key} stands twice in this hash, which Logstash refuses`, place);
      entries.push({ key, value: this.#value(depth + 1), place });
    }
  }
}
