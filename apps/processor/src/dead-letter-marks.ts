import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, StartError } from "@gatelog/service-kit";

/** Why a letter was refused the last time it was replayed. */
export interface Renewed {
  /** ISO UTC. */
  readonly time: string;
  readonly code: string;
  readonly reason: string;
}

/** Letters whose newest reason is kept; of more than these the first reason stays. */
const renewedMax = 10_000;
/** Characters of a newest reason that are kept. */
const reasonLengthMax = 1000;

/**
 * What is known of dead letters beside their log, which is only appended to: which are done with, though older ones are not, and why a replay was refused.
 *
 * **Shape**: `{"v":1,"done":[[17,19]],"renewed":{"16":{"time","code","reason"}}}`, offsets from first to last.
 * **Guarantee**: a resolved `save` survives a power loss. Whoever writes it holds the lock of the letters' cursor.
 */
export class DeadLetterMarks {
  readonly #path: string;
  readonly #done: Set<number>;
  readonly #renewed: Map<number, Renewed>;

  private constructor(path: string, done: Set<number>, renewed: Map<number, Renewed>) {
    this.#path = path;
    this.#done = done;
    this.#renewed = renewed;
  }

  /** **Errors**: StartError where the file is none of these. */
  static async read(path: string): Promise<DeadLetterMarks> {
    const { done, renewed } = await readMarks(path);
    const offsets = done.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
    return new DeadLetterMarks(path, new Set(offsets), new Map(Object.entries(renewed).map(([offset, why]) => [Number(offset), why])));
  }

  isDone(offset: number): boolean {
    return this.#done.has(offset);
  }

  renewedOf(offset: number): Renewed | undefined {
    return this.#renewed.get(offset);
  }

  markDone(offset: number): void {
    this.#done.add(offset);
    this.#renewed.delete(offset);
  }

  /** False where there are too many: then the letter keeps the reason that it had. */
  renew(offset: number, { time, code, reason }: Renewed): boolean {
    if (!this.#renewed.has(offset) && this.#renewed.size >= renewedMax) return false;
    this.#renewed.set(offset, { time, code, reason: reason.slice(0, reasonLengthMax) });
    return true;
  }

  /** Forgets what the cursor has passed. */
  forgetBefore(offset: number): void {
    for (const one of this.#done) if (one < offset) this.#done.delete(one);
    for (const one of this.#renewed.keys()) if (one < offset) this.#renewed.delete(one);
  }

  async save(): Promise<void> {
    const json = JSON.stringify({ v: 1, done: rangesOf(this.#done), renewed: Object.fromEntries(this.#renewed) });
    const temporary = `${this.#path}.new`;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(json);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
    const directory = await open(dirname(this.#path), "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

interface StoredMarks {
  readonly done: readonly (readonly [number, number])[];
  readonly renewed: Readonly<Record<string, Renewed>>;
}

async function readMarks(path: string): Promise<StoredMarks> {
  try {
    const marks: unknown = JSON.parse(await readFile(path, "utf8"));
    if (isMarks(marks)) return marks;
    throw new Error("these are no marks");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { done: [], renewed: {} };
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`cannot read ${path} (${reason}): mend it, or move it away; then letters that were done with may be there again`, {
      cause: error,
    });
  }
}

function isMarks(value: unknown): value is StoredMarks {
  if (typeof value !== "object" || value === null || !("done" in value) || !("renewed" in value)) return false;
  return Array.isArray(value.done) && value.done.every(Array.isArray) && typeof value.renewed === "object" && value.renewed !== null;
}

function rangesOf(offsets: ReadonlySet<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const offset of [...offsets].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === offset) last[1] = offset;
    else ranges.push([offset, offset]);
  }
  return ranges;
}
