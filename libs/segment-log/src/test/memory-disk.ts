import { posix } from "node:path";
import type { SeededRandom } from "@gatelog/testkit";
import type { FileLock, FileSystem, FileWatch, LogFile } from "../file-system.ts";
import { copyImage, emptyImage, resized, written, type DiskImage, type DiskOperation } from "./disk-image.ts";

/** A disk in memory that writes down everything that is done to it. `Mark` is what a test notes in between. */
export class MemoryDisk<Mark = never> {
  /** What the disk held, durably, before the first operation. */
  readonly base: DiskImage;
  readonly operations: DiskOperation<Mark>[] = [];
  readonly live: DiskImage;
  readonly locks = new Set<string>();
  readonly watches = new Set<{ path: string; onChange: () => void }>();
  #nextFile: number;

  constructor(base: DiskImage = emptyImage()) {
    this.base = copyImage(base);
    this.live = copyImage(base);
    this.#nextFile = Math.max(0, ...base.files.keys()) + 1;
  }

  /** Notes what the program was promised at this point. */
  mark(mark: Mark): void {
    this.operations.push({ type: "mark", mark });
  }

  /**
   * A process on this machine, which can be killed: its locks are then free, and nothing it still does reaches the disk. With
   * `jitter` each operation takes its time, so that concurrent ones meet in every order.
   */
  startProcess(jitter?: SeededRandom): MemoryProcess<Mark> {
    return new MemoryProcess(this, jitter);
  }

  newFile(): number {
    this.#nextFile += 1;
    return this.#nextFile - 1;
  }

  /** Does an operation and writes it down. */
  apply(operation: DiskOperation<Mark>): void {
    this.operations.push(operation);
    applyTo(this.live, operation);
    if (operation.type === "write") this.#notify(operation.path);
  }

  #notify(path: string): void {
    for (const watch of this.watches) {
      if (watch.path === path || watch.path === posix.dirname(path)) setImmediate(watch.onChange);
    }
  }
}

/** Does an operation on an image, as if there were no power loss. */
export function applyTo<Mark>(image: DiskImage, operation: DiskOperation<Mark>): void {
  const { directories, names, files } = image;
  switch (operation.type) {
    case "makeDirectory":
      directories.add(operation.path);
      break;
    case "create":
      names.set(operation.path, operation.file);
      files.set(operation.file, Buffer.alloc(0));
      break;
    case "write":
      files.set(operation.file, written(contentOf(image, operation.file), operation.position, operation.bytes));
      break;
    case "truncate":
      files.set(operation.file, resized(contentOf(image, operation.file), operation.size));
      break;
    case "rename": {
      const file = names.get(operation.from);
      names.delete(operation.from);
      if (file !== undefined) names.set(operation.to, file);
      break;
    }
    case "unlink":
      names.delete(operation.path);
      break;
    default:
      break;
  }
}

/** Bytes of a file, also of one without a name. */
export function contentOf(image: DiskImage, file: number): Buffer {
  return image.files.get(file) ?? Buffer.alloc(0);
}

/** A program's view of a MemoryDisk. */
export class MemoryProcess<Mark = never> implements FileSystem {
  readonly #disk: MemoryDisk<Mark>;
  readonly #locks = new Set<string>();
  readonly #jitter: SeededRandom | undefined;
  #alive = true;

  constructor(disk: MemoryDisk<Mark>, jitter: SeededRandom | undefined) {
    this.#disk = disk;
    this.#jitter = jitter;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** SIGKILL: whatever the program still tries fails, and the kernel gives its locks back. */
  kill(): void {
    this.#alive = false;
    for (const path of this.#locks) this.#disk.locks.delete(path);
  }

  async open(path: string, mode: "read" | "write" | "create"): Promise<LogFile> {
    await this.#begin();
    const there = this.#disk.live.names.get(path);
    if (mode !== "create" && there === undefined) throw systemError("ENOENT", path);
    if (mode === "create" && there !== undefined) throw systemError("EEXIST", path);
    if (mode !== "create") return this.#file(path, there ?? 0);
    this.#checkDirectory(posix.dirname(path));
    const file = this.#disk.newFile();
    this.#disk.apply({ type: "create", path, file });
    return this.#file(path, file);
  }

  async readdir(path: string): Promise<string[]> {
    await this.#begin();
    this.#checkDirectory(path);
    return [...this.#disk.live.names.keys()].filter((name) => posix.dirname(name) === path).map((name) => posix.basename(name));
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#begin();
    for (let part = path; !this.#disk.live.directories.has(part); part = posix.dirname(part)) {
      this.#disk.apply({ type: "makeDirectory", path: part });
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#begin();
    if (!this.#disk.live.names.has(from)) throw systemError("ENOENT", from);
    this.#disk.apply({ type: "rename", from, to });
  }

  async unlink(path: string): Promise<void> {
    await this.#begin();
    if (!this.#disk.live.names.has(path)) throw systemError("ENOENT", path);
    this.#disk.apply({ type: "unlink", path });
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#begin();
    this.#checkDirectory(path);
    this.#disk.apply({ type: "syncDirectory", path });
  }

  async lock(path: string): Promise<FileLock | undefined> {
    await this.#begin();
    if (this.#disk.locks.has(path)) return undefined;
    this.#disk.locks.add(path);
    this.#locks.add(path);
    return {
      release: async () => {
        if (this.#locks.delete(path)) this.#disk.locks.delete(path);
      },
    };
  }

  watch(path: string, onChange: () => void): FileWatch {
    const watch = { path, onChange };
    this.#disk.watches.add(watch);
    return { close: () => this.#disk.watches.delete(watch) };
  }

  #file(path: string, file: number): LogFile {
    const disk = this.#disk;
    const act = async <T>(action: () => T): Promise<T> => {
      await this.#begin();
      return action();
    };
    return {
      read: (buffer, position) => act(() => contentOf(disk.live, file).copy(buffer, 0, position)),
      write: (bytes, position) => act(() => disk.apply({ type: "write", path, file, position, bytes: Buffer.from(bytes) })),
      sync: () => act(() => disk.apply({ type: "sync", path, file })),
      truncate: (size) => act(() => disk.apply({ type: "truncate", file, size })),
      size: () => act(() => contentOf(disk.live, file).length),
      close: async () => undefined,
    };
  }

  /** Takes a while, and fails when the process was killed meanwhile. */
  async #begin(): Promise<void> {
    await takeTurns(this.#jitter?.integer(0, 2) ?? 0);
    if (!this.#alive) throw systemError("EIO", "the process was killed");
  }

  #checkDirectory(path: string): void {
    if (!this.#disk.live.directories.has(path)) throw systemError("ENOENT", path);
  }
}

/** Lets everything else go on for some turns of the event loop. */
export async function takeTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** An Error as the operating system's. */
export function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
