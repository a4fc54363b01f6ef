import { createHash } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const lineEnd = 0x0a;

interface Snapshot {
  readonly bytes: number;
  readonly hash: string;
  readonly isTorn: boolean;
}

/** What the log files were when the gateway that wrote them had ended, so that it can be told what became of them later. */
export class LogSnapshots {
  readonly #dir: string;
  readonly #snapshots = new Map<string, Snapshot>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Files whose last line was torn. */
  get torn(): number {
    return [...this.#snapshots.values()].filter(({ isTorn }) => isTorn).length;
  }

  /** Appends to the newest file since the last time, where there is one and it ends with a line end. */
  tear(text: string): void {
    const name = logFileNames(this.#dir).findLast((name) => !this.#snapshots.has(name));
    if (name === undefined) return;
    const path = join(this.#dir, name);
    if (!snapshotOf(readFileSync(path)).isTorn) appendFileSync(path, text);
  }

  /** Looks at the files that are new since the last time; returns their names. Nobody may write to them any more. */
  take(): string[] {
    const names = logFileNames(this.#dir).filter((name) => !this.#snapshots.has(name));
    for (const name of names) this.#snapshots.set(name, snapshotOf(readFileSync(join(this.#dir, name))));
    return names;
  }

  /** One sentence for each file that was changed otherwise than by a line end after a torn line. */
  violations(): string[] {
    return [...this.#snapshots].flatMap(([name, { bytes, hash, isTorn }]) => {
      const now = readFileSync(join(this.#dir, name));
      const isSame = snapshotOf(now.subarray(0, bytes)).hash === hash;
      const added = now.toString("utf8", bytes);
      if (isSame && added === (isTorn ? "\n" : "")) return [];
      return [`${name} was changed after its gateway had ended: ${isSame ? `${JSON.stringify(added.slice(0, 100))} was added` : "within"}`];
    });
  }
}

/** Names of all log files, those of one boot in the order in which they were made. */
function logFileNames(dir: string): string[] {
  const names = readdirSync(dir).filter((name) => name.endsWith(".log"));
  return names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

function snapshotOf(content: Buffer): Snapshot {
  return {
    bytes: content.length,
    hash: createHash("sha256").update(content).digest("hex"),
    isTorn: content.length > 0 && content.at(-1) !== lineEnd,
  };
}
