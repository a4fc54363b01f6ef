import { appendFile, copyFile, mkdir, readFile, rename, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { SeededRandom } from "@gatelog/testkit";
import { bannerStart, type Ledger, type WrittenLine } from "./ledger.test-helper.ts";
import { ModelFile } from "./model-file.test-helper.ts";
import { isOpenHere } from "./open-here.test-helper.ts";
import { PendingCopies } from "./pending-copies.test-helper.ts";
import type { WalkPlan } from "./walk-plan.test-helper.ts";

export interface LogTreeOptions {
  /** Where the logs lie; links lead to `targets` beside it. */
  readonly logs: string;
  readonly plan: WalkPlan;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  /** Looks that the tail has taken since its start; undefined while none runs. */
  readonly scans: () => number | undefined;
  readonly tell: (text: string) => void;
}

const bannerBytes = 1100;
/** So much of a head is known on disk. */
const headBytes = 1024;
const bannerText = bannerStart + "=".repeat(bannerBytes);

/** Files on disk and, beside them, what they hold. Paths are relative to the directory of logs. */
export class LogTree {
  readonly #options: LogTreeOptions;
  readonly #files = new Map<string, ModelFile>();
  readonly #links = new Map<string, string>();
  readonly copies: PendingCopies;
  #lastLine = 0;
  #lastTarget = 0;

  constructor(options: LogTreeOptions) {
    this.#options = options;
    this.copies = new PendingCopies(options.ledger);
  }

  /** Paths of files, in the order in which they came to be. */
  get paths(): string[] {
    return [...this.#files.keys()];
  }

  has(path: string): boolean {
    return this.#files.has(this.#resolve(path));
  }

  isMatched(path: string): boolean {
    return this.#options.plan.layout.pattern.test(path);
  }

  /** Whether a line was begun in the file and not ended. */
  hasUnfinished(path: string): boolean {
    return this.#files.get(this.#resolve(path))?.unfinished !== undefined;
  }

  /** The lines that stand where the tail is to find them. */
  held(): Set<WrittenLine> {
    const held = new Map<number, WrittenLine>();
    const take = (lines: readonly WrittenLine[]) => lines.forEach((line) => held.set(line.number, line));
    for (const file of this.#files.values()) take(file.strayLines);
    for (const [path, file] of this.#files) if (this.isMatched(path)) take(file.lines);
    for (const [link, target] of this.#links) {
      const file = this.#files.get(target);
      if (file !== undefined && this.isMatched(link) && this.#options.plan.symlinks) take(file.lines);
    }
    return new Set(held.values());
  }

  /**
   * Lines of which a stop that was in order has nothing left to do: copies, and what no glob matches, may not be found before it, and the last
   * lines may wait for the rest of their event.
   */
  settled(): Set<WrittenLine> {
    const files = [...this.#files].filter(([path, file]) => this.isMatched(path) && !file.isCopy);
    const waitingMax = this.#options.plan.linesOfEvent - 1;
    return new Set(files.flatMap(([, { lines }]) => lines.slice(0, Math.max(0, lines.length - waitingMax))));
  }

  /** Adds whole lines and, with a share of it, the beginning of one more. */
  async write(path: string, count: number, share = 0): Promise<void> {
    const at = await this.#target(path);
    const file = this.#fileAt(at);
    const bytes = this.#compose(file, count, share);
    await appendFile(this.#at(at), bytes);
    this.copies.originalGrew(file);
    this.#changed(file, `${at} grew`);
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#fileAt(from);
    // A name that nobody saw leads to no other.
    const isSeen = !file.isRenamed || this.#isSeen(file);
    const isFound = !this.isMatched(to) && isSeen && (file.strayLines.length > 0 || (this.isMatched(from) && this.#isKnown(file)));
    file.isRenamed = true;
    this.copies.originalGone(file);
    this.#options.tell(`  ${from} becomes ${to}`);
    this.copies.renamed(this.#at(from), this.#at(to));
    await this.#disturb(from, async () => {
      await mkdir(dirname(this.#at(to)), { recursive: true });
      await rename(this.#at(from), this.#at(to));
      this.#files.delete(from);
      this.#files.set(to, file);
      file.strayLines = !isFound ? [] : file.strayLines.length > 0 ? file.strayLines : [...file.lines];
    });
  }

  async remove(path: string): Promise<void> {
    this.#leaveUnfinished(this.#fileAt(path));
    this.copies.originalGone(this.#fileAt(path));
    this.#options.tell(`  ${path} is removed`);
    await this.#disturb(path, async () => {
      await rm(this.#at(path));
      this.#files.delete(path);
    });
  }

  /** Another file takes the place of this one, in one step. */
  async replace(path: string, count: number): Promise<void> {
    const file = new ModelFile(this.#options.plan.encoding);
    this.#leaveUnfinished(this.#fileAt(path));
    this.copies.originalGone(this.#fileAt(path));
    const temporary = this.#at(`../${path}.tmp`);
    await writeFile(temporary, this.#compose(file, count, 0));
    await this.#disturb(path, async () => {
      await rename(temporary, this.#at(path));
      this.#files.set(path, file);
    });
    this.#changed(file, `${path} was replaced`);
  }

  /** Copies the file, in several steps if it is to be slow. */
  async copy(from: string, to: string, isSlow: boolean): Promise<void> {
    const original = this.#fileAt(from);
    this.#leaveUnfinished(original);
    const copy = original.copy();
    await mkdir(dirname(this.#at(to)), { recursive: true });
    if (isSlow) await writeInPieces(this.#at(to), await readFile(this.#at(from)), slowPieces);
    else await copyFile(this.#at(from), this.#at(to));
    this.#files.set(to, copy);
    this.#changed(copy, `${to} is a copy of ${from}`);
    if (!this.isMatched(to) && this.#isKnown(original)) copy.strayLines = [...copy.lines];
    this.copies.add({ path: this.#at(to), lines: copy.lines, original });
  }

  /** As gzip does it: the compressed file is there, and whole, before the other one goes. */
  async compress(path: string, isSlow: boolean): Promise<void> {
    const original = this.#fileAt(path);
    const compressed = original.copy();
    const to = `${path}.gz`;
    this.#leaveUnfinished(original);
    const bytes = gzipSync(await readFile(this.#at(path)));
    await writeInPieces(this.#at(to), bytes, isSlow ? slowPieces : 1);
    const { atime, mtime } = await stat(this.#at(path));
    await utimes(this.#at(to), atime, mtime);
    const isFound = !this.isMatched(to) && (original.strayLines.length > 0 || (this.isMatched(path) && this.#isKnown(original)));
    this.copies.renamed(this.#at(path), this.#at(to));
    await this.#disturb(path, async () => {
      await rm(this.#at(path));
      this.#files.delete(path);
      this.#files.set(to, compressed);
      compressed.strayLines = !isFound ? [] : original.strayLines.length > 0 ? original.strayLines : [...compressed.lines];
    });
    this.#changed(compressed, `${to} is ${path}, compressed`);
  }

  isCopy(path: string): boolean {
    return this.#fileAt(path).isCopy;
  }

  linesOf(path: string): readonly WrittenLine[] {
    return this.#fileAt(path).lines;
  }

  /** Cuts the file off behind so many of its lines. */
  async truncate(path: string, count = 0): Promise<void> {
    const file = this.#fileAt(this.#resolve(path));
    this.#leaveUnfinished(file);
    await truncate(this.#at(this.#resolve(path)), file.shorten(count));
    this.copies.originalTruncated(file);
    this.#changed(file, `${path} was truncated`);
  }

  /** Writes the file anew, in place, with at least as many bytes as it has. */
  async overwrite(path: string): Promise<void> {
    const file = this.#fileAt(this.#resolve(path));
    const bytesMin = file.size;
    this.#leaveUnfinished(file);
    file.shorten(0);
    const pieces = [this.#compose(file, 1, 0)];
    while (file.size < bytesMin) pieces.push(this.#compose(file, 1, 0));
    await writeFile(this.#at(this.#resolve(path)), Buffer.concat(pieces));
    this.#changed(file, `${path} was overwritten`);
  }

  /** Leads the link to a new file. */
  async switchLink(link: string): Promise<void> {
    this.#lastTarget += 1;
    const target = `../targets/${this.#lastTarget}.log`;
    const file = new ModelFile(this.#options.plan.encoding);
    await mkdir(this.#at("../targets"), { recursive: true });
    await writeFile(this.#at(target), this.#compose(file, 1, 0));
    this.#files.set(target, file);
    await this.#disturb(this.#resolve(link), async () => {
      await symlink(target, this.#at(`${link}.tmp`));
      await rename(this.#at(`${link}.tmp`), this.#at(link));
      this.#links.set(link, target);
    });
    this.#changed(file, `${link} leads to ${target}`);
  }

  isLink(path: string): boolean {
    return this.#links.has(path);
  }

  /** What the tail knew last is not on disk: of copies, and of gzip files, which are told by how far their originals were read. */
  crashed(): void {
    this.forgetKnown();
    this.copies.crashed();
  }

  /**
   * All that a tail has on disk of what was handed on and not acknowledged is the first KiB. Where files begin with more equal bytes than
   * that, another content of the same file, or a copy of it, is the same to whatever comes next.
   */
  forgetKnown(): void {
    if (this.#options.plan.hasBanner) for (const file of this.#files.values()) file.forgetKnown();
    // Of a head that grew the whole is known, which a copy made before does not hold; what no glob matches is then told as lost.
    for (const [path, file] of this.#files) if (file.size < headBytes && this.copies.isShort(this.#at(path))) file.strayLines = [];
  }

  /** A new tail has seen nothing yet. */
  forgetScans(): void {
    for (const file of this.#files.values()) file.scansAtChange = 0;
  }

  /** Bytes that are written next: the rest of what was begun, whole lines, and a share of one more. */
  #compose(file: ModelFile, count: number, share: number): Buffer {
    const pieces: Buffer[] = [];
    if (file.size === 0 && this.#options.plan.hasBanner) pieces.push(file.addBanner(bannerText));
    for (let index = 0; index <= count; index += 1) {
      if (index > 0) this.#begin(file);
      const { bytes, whole } = file.goOn();
      pieces.push(bytes);
      // Before it is on disk, from where it may come at once.
      if (whole !== undefined) this.#options.ledger.write(whole);
    }
    if (share > 0) {
      this.#begin(file);
      pieces.push(file.goOn(share).bytes);
    }
    return Buffer.concat(pieces);
  }

  #begin(file: ModelFile): void {
    const { random, plan } = this.#options;
    this.#lastLine += 1;
    const isLong = random.next() < 0.01;
    const characters = random.integer(0, isLong ? 1500 : plan.fillerMax);
    file.begin(this.#lastLine, `line ${this.#lastLine} ${random.pick(["x", "日", "é", "𝄞"]).repeat(characters)}`);
  }

  /**
   * Takes a file from where the tail finds it. What of it was not delivered is owed if the tail has it open and knew of its last
   * bytes; else it may be lost.
   */
  async #disturb(path: string, work: () => Promise<unknown>): Promise<void> {
    const file = this.#files.get(path);
    const isHeld = file !== undefined && this.#isHeld(path, file);
    const before = this.held();
    await work();
    if (file === undefined) return;
    const still = this.held();
    if (isHeld) this.#options.ledger.oblige(file.lines.filter((line) => before.has(line) && !still.has(line)));
    this.#changed(file, isHeld ? `${path} was open` : `${path} was not open`);
  }

  #isHeld(path: string, file: ModelFile): boolean {
    return this.#isSeen(file) && isOpenHere(this.#at(path));
  }

  /** Whether the tail knows all of it: a whole look began after its last change. */
  #isSeen(file: ModelFile): boolean {
    return (this.#options.scans() ?? 0) >= file.scansAtChange + 2;
  }

  /** Whether the tail surely has a generation for what stands in the file. */
  #isKnown(file: ModelFile): boolean {
    return !file.isCopy && file.ownLines.some((line) => this.#options.ledger.isDelivered(line));
  }

  /** Where the file is, or, through a link that leads nowhere yet, is to be. */
  async #target(path: string): Promise<string> {
    if (this.#options.plan.layout.isLinked && this.#options.plan.layout.actives.includes(path) && !this.#links.has(path)) {
      await this.switchLink(path);
    }
    const target = this.#resolve(path);
    if (!this.#files.has(target)) this.#files.set(target, new ModelFile(this.#options.plan.encoding));
    return target;
  }

  #leaveUnfinished(file: ModelFile): void {
    if (file.unfinished !== undefined) this.#options.ledger.leaveUnfinished(file.unfinished);
  }

  #changed(file: ModelFile, what: string): void {
    const { lines, size, unfinished } = file;
    const numbers = lines.length === 0 ? "no line" : `lines ${lines[0]?.number} to ${lines.at(-1)?.number}`;
    this.#options.tell(
      `  ${what}: ${size} bytes, ${numbers}${unfinished === undefined ? "" : ` and the beginning of ${unfinished.number}`}`,
    );
    file.scansAtChange = this.#options.scans() ?? 0;
  }

  #resolve(path: string): string {
    return this.#links.get(path) ?? path;
  }

  #fileAt(path: string): ModelFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`the model holds no ${path}`);
    return file;
  }

  #at(path: string): string {
    return join(this.#options.logs, path);
  }
}

const slowPieces = 3;

/** In pieces, between which the file can be seen. */
async function writeInPieces(path: string, bytes: Buffer, count: number): Promise<void> {
  const piece = Math.ceil(bytes.length / count);
  await writeFile(path, bytes.subarray(0, piece));
  for (let at = piece; at < bytes.length; at += piece) {
    await sleep(15);
    await appendFile(path, bytes.subarray(at, at + piece));
  }
}
