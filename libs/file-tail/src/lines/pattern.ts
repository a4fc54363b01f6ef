import { RE2JS } from "re2js";
import { FileTailError, messageOf } from "../errors.ts";
import type { TextSpan } from "./text-arena.ts";

/** A compiled RE2 pattern. */
export class LinePattern {
  readonly #compiled: RE2JS;

  /** **Errors**: GATELOG_FILE_TAIL_LINES, naming the option. */
  constructor(source: string, option: string) {
    try {
      this.#compiled = RE2JS.compile(source);
    } catch (error) {
      const reason = messageOf(error).replace(/^error parsing regexp: /, "");
      throw new FileTailError("GATELOG_FILE_TAIL_LINES", `${option} is no regular expression of RE2: ${reason}.`, error);
    }
  }

  /** Whether it matches somewhere in the text. */
  matches({ buffer, start, end }: TextSpan): boolean {
    return this.#compiled.test(buffer.subarray(start, end));
  }
}
