/** A shape's brackets in Mermaid. */
const shapes = { step: ["[", "]"], choice: ["{", "}"], store: ["[(", ")]"], end: ["([", "])"] } as const;
export type Shape = keyof typeof shapes;

/** Where an arrow begins, with the word that stands on it. */
export interface Exit {
  readonly id: string;
  readonly word?: string;
}

/** Characters of a label's line. */
const lineLengthMax = 100;

/** Writes a Mermaid flowchart, a line each. Ids are ours; labels may be anything. */
export class Flowchart {
  readonly #lines = ["flowchart LR"];
  /** They stand last: a frame takes every node in that is named within it. */
  readonly #arrows: string[] = [];
  #depth = 1;
  #count = 0;

  /** Adds a node behind what leads to it, and returns its id. */
  add(shape: Shape, label: readonly string[], from: readonly Exit[] = []): string {
    const id = `n${++this.#count}`;
    const [open, close] = shapes[shape];
    this.#write(`${id}${open}"${label.map(escapeLabel).join("<br/>")}"${close}`);
    for (const { id: before, word } of from) this.#arrows.push(`  ${before} -->${word === undefined ? "" : `|${word}|`} ${id}`);
    return id;
  }

  /** What `write` adds stands in a frame of its own. */
  frame(title: string, write: () => void): void {
    this.#write(`subgraph f${++this.#count}["${escapeLabel(title)}"]`);
    this.#depth += 1;
    write();
    this.#depth -= 1;
    this.#write("end");
  }

  text(): string {
    return [...this.#lines, ...this.#arrows].join("\n");
  }

  #write(line: string): void {
    this.#lines.push("  ".repeat(this.#depth) + line);
  }
}

/** Text that Mermaid, and the page around it, show as it is: what has a meaning for them is written as a character's number. */
export function escapeLabel(text: string): string {
  const short = text.length > lineLengthMax ? `${text.slice(0, lineLengthMax - 1)}…` : text;
  return short.replaceAll(/\p{Cc}+/gu, " ").replaceAll(/["#&;<>`%\\|{}[\]()]/g, (character) => `#${character.charCodeAt(0)};`);
}
