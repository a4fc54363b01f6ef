import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseLine, type LogRecord, type Mark } from "@gatelog/log-record";
import type { Life } from "./soak-gateway.ts";

/** What is kept of a record. */
export type SoakRecord = Pick<LogRecord, "id" | "seq" | "requestId" | "method" | "path" | "status" | "responseBytes">;

/** A line that counts: a record or a mark. */
export type LedgerLine = { readonly record: SoakRecord } | { readonly mark: Mark };

/** All that the files of one boot hold, in their order. */
export interface Boot {
  readonly boot: string;
  readonly life: Life;
  readonly lines: readonly LedgerLine[];
  /** Highest number that its lines tell of; undefined when it has none. */
  readonly highest: number | undefined;
  /** Numbers up to the highest that have no record. */
  readonly gaps: readonly number[];
  /** `<file>: <why>` of lines that are neither, and whether they are last in their file. */
  readonly unread: readonly { readonly why: string; readonly isLast: boolean }[];
}

/** The slot of the worker that a boot was of. */
export function slotOf({ boot }: Boot): string {
  return boot.slice(-2);
}

/** The boots of all lives, oldest first. */
export function readBoots(dir: string, lives: readonly Life[]): Boot[] {
  return lives.flatMap((life) => {
    const byBoot = new Map<string, { name: string; n: number }[]>();
    for (const name of life.files) {
      const [, boot = "", n = "0"] = /-([0-9a-f]+)-(\d+)\.log$/.exec(name) ?? [];
      byBoot.set(boot, [...(byBoot.get(boot) ?? []), { name, n: Number(n) }]);
    }
    return [...byBoot].sort(([a], [b]) => (a < b ? -1 : 1)).map(([boot, files]) => readBoot(dir, { boot, files, life }));
  });
}

function readBoot(dir: string, { boot, files, life }: { boot: string; files: { name: string; n: number }[]; life: Life }): Boot {
  const lines: LedgerLine[] = [];
  const unread: { why: string; isLast: boolean }[] = [];
  for (const { name } of files.sort((a, b) => a.n - b.n)) {
    const texts = readFileSync(join(dir, name), "utf8").split("\n");
    if (texts.at(-1) === "") texts.pop();
    texts.forEach((text, index) => {
      const line = readLine(text, boot);
      if (typeof line === "string") unread.push({ why: `${name}, line ${index + 1}: ${line}`, isLast: index === texts.length - 1 });
      else lines.push(line);
    });
  }
  return { boot, life, lines, unread, ...numbers(lines) };
}

/** What a line is, or why it is nothing. */
function readLine(text: string, boot: string): LedgerLine | string {
  const parsed = parseLine(text, { seedTimeZone: "UTC" });
  if (parsed.kind === "unparsed") return parsed.error;
  const owner = parsed.kind === "mark" ? parsed.mark.boot : parsed.record.boot;
  if (owner !== boot) return `it is of boot ${owner}`;
  if (parsed.kind === "mark") return { mark: parsed.mark };
  if (parsed.parseError !== undefined) return parsed.parseError;
  const { id, seq, requestId, method, path, status, responseBytes } = parsed.record;
  return { record: { id, seq, requestId, method, path, status, responseBytes } as SoakRecord };
}

function numbers(lines: readonly LedgerLine[]): Pick<Boot, "highest" | "gaps"> {
  if (lines.length === 0) return { highest: undefined, gaps: [] };
  const recorded = new Set(lines.flatMap((line) => ("record" in line ? [line.record.seq] : [])));
  const highest = lines.reduce((highest, line) => Math.max(highest, "record" in line ? line.record.seq : line.mark.seq), 0);
  const gaps: number[] = [];
  for (let seq = 1; seq <= highest; seq++) if (!recorded.has(seq)) gaps.push(seq);
  return { highest, gaps };
}
