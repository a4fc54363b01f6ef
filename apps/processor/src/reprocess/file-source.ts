import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { compileGlob, type Glob, inspectRegistry } from "@gatelog/file-tail";
import { idFromGeneration } from "@gatelog/log-record";
import { codeOf, StartError } from "@gatelog/service-kit";
import type { FixedEvent } from "../fix-identity.ts";
import { createFix } from "../inputs/codec.ts";
import { decodeEvent } from "../stored-event.ts";
import { batchBytesMax, batchEventsMax, type HistoryBatch, type HistoryEvent, type HistorySource, noId } from "./history-source.ts";
import { cutLines, type PlacedLine } from "./cut-lines.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";

/** A file is known by its first bytes beside its inode, which another one may have later. */
const headBytes = 512;
/** Longest line, as the file input's default; of one that is longer the index has what its input had taken. */
const lineBytesMax = 960 * 1024;

export interface FileSourceOptions {
  readonly plan: Pick<ReprocessPlan, "files" | "registry" | "codec">;
  readonly seedTimeZone: string;
  /** What an intake does to events before they are on disk: foreign lines are masked. */
  readonly mask: (event: FixedEvent) => FixedEvent;
}

interface FoundFile {
  readonly path: string;
  readonly key: string;
  readonly place: string;
  /** The 16 bytes by which a tailer named the file; undefined where none is known. */
  readonly generation: Buffer | undefined;
}

/** By file, the offset up to which its lines are done. */
type Position = Readonly<Record<string, number>>;

/** Lines of log files, `.gz` too, each file once and to its end. A last line without its end may still be written, and is left out. */
export class FileSource implements HistorySource {
  readonly #options: FileSourceOptions;
  unknown = 0;

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  async read(position: unknown, handle: (batch: HistoryBatch) => Promise<void>): Promise<void> {
    const done: Record<string, number> = { ...(position as Position | undefined) };
    const files = await this.#find();
    for (const file of files) await this.#readFile(file, done, handle);
  }

  forget(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #find(): Promise<readonly FoundFile[]> {
    const { files: patterns, registry } = this.#options.plan;
    const globs = patterns.map((pattern) => compileGlob(pattern));
    const paths = new Set<string>();
    for (const glob of globs) for (const path of await pathsOf(glob)) paths.add(path);
    if (paths.size === 0) throw new StartError(`reprocess: no file matches ${patterns.join(", ")}`);
    const generations = registry === undefined ? undefined : await generationsOf(registry);
    const found: FoundFile[] = [];
    for (const path of [...paths].sort()) {
      const place = await placeOf(path);
      const generation = generations?.byPath.get(path) ?? generations?.byPlace.get(place);
      found.push({ path, place, key: `${place}:${await headOf(path)}`, generation });
    }
    return found;
  }

  async #readFile(file: FoundFile, done: Record<string, number>, handle: (batch: HistoryBatch) => Promise<void>): Promise<void> {
    const from = done[file.key] ?? 0;
    let events: HistoryEvent[] = [];
    let bytes = 0;
    const flush = async (offset: number) => {
      done[file.key] = offset;
      if (events.length > 0) await handle({ events, position: { ...done } });
      events = [];
      bytes = 0;
    };
    let last = from;
    for await (const line of cutLines(readable(file.path, from), from, lineBytesMax)) {
      const event = this.#eventOf(line, file);
      if (event !== undefined) events.push(event);
      bytes += line.bytes.length;
      last = line.nextOffset;
      if (events.length >= batchEventsMax || bytes >= batchBytesMax) await flush(last);
    }
    await flush(last);
  }

  #eventOf({ bytes, offset, isCut }: PlacedLine, { path, generation }: FoundFile): HistoryEvent | undefined {
    const { plan, seedTimeZone, mask } = this.#options;
    let identity: HistoryEvent["identity"] | "unknown" = "sure";
    const placeId = () => {
      identity = generation === undefined ? "unknown" : "likely";
      return generation === undefined ? noId : idFromGeneration(generation, offset);
    };
    const fieldsJson = JSON.stringify({ log: { file: { path }, offset } });
    const fixed = createFix(plan.codec, seedTimeZone)(bytes, { placeId, isCut, fieldsJson });
    const event = decodeEvent(mask(fixed).bytes);
    // Of a line that is cut an input may have taken more.
    if (isCut || (identity as string) === "unknown" || event === undefined) {
      this.unknown++;
      return undefined;
    }
    return { event, identity };
  }
}

/** **Errors**: StartError where the file cannot be read, or is no gzip file to its end. */
async function* readable(path: string, from: number): AsyncGenerator<Buffer> {
  const pieces = bytesFrom(path, from)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw new StartError(`reprocess: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await pieces.return?.();
  }
}

function bytesFrom(path: string, from: number): AsyncIterable<Buffer> {
  if (!path.endsWith(".gz")) return createReadStream(path, { start: from });
  const inflated = createReadStream(path).on("error", (error) => gunzip.destroy(error));
  const gunzip = createGunzip();
  return skip(inflated.pipe(gunzip), from);
}

async function* skip(stream: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const piece of stream) {
    if (left < piece.length) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}

async function pathsOf(glob: Glob): Promise<string[]> {
  if (glob.literal !== undefined) return (await isFile(glob.literal)) ? [glob.literal] : [];
  const found: string[] = [];
  const walk = async (directory: string, depth: number): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && depth < glob.depthMax) await walk(path, depth + 1);
      else if (glob.matches(path) && (await isFile(path))) found.push(path);
    }
  };
  try {
    await walk(glob.base, 0);
  } catch (error) {
    if (codeOf(error) !== "ENOENT")
      throw new StartError(`reprocess: ${glob.base} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
  }
  return found;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function placeOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

async function headOf(path: string): Promise<string> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const end = buffer.subarray(0, bytesRead).indexOf("\n");
    // The first line alone, or its beginning: a short file may have grown.
    return createHash("sha256")
      .update(buffer.subarray(0, end === -1 && bytesRead < headBytes ? 0 : end === -1 ? headBytes : end))
      .digest("hex")
      .slice(0, 16);
  } finally {
    await handle.close();
  }
}

/** What a registry knows of files that are still there. */
async function generationsOf(directory: string) {
  try {
    const { entries } = await inspectRegistry(directory);
    const present = entries.filter(({ endedSince }) => endedSince === undefined);
    const named = (generation: string) => Buffer.from(generation, "hex");
    return {
      byPath: new Map(present.filter((entry) => entry.present.state === "same").map(({ path, generation }) => [path, named(generation)])),
      byPlace: new Map(present.map(({ device, inode, generation }) => [`${device}:${inode}`, named(generation)])),
    };
  } catch (error) {
    throw new StartError(`reprocess: --registry: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
