import { encodeRecord, type RegistryRecord } from "./registry-codec.ts";
import type { RegistryDisk, RegistryDiskFile } from "./registry-disk.ts";

/** What is encoded and written at a time: between two of them whoever else waits gets the processor. */
const sliceBytes = 64 * 1024;

/** One file of the registry that is being written, record by record. */
export class RegistryWriter {
  readonly path: string;
  readonly #file: RegistryDiskFile;
  /** Everything before it is whole and on disk. */
  #bytes = 0;
  #isUsable = true;

  /** Makes the file under a temporary name; `path` is what it will be renamed to. */
  static async create(disk: RegistryDisk, temporary: string, path: string): Promise<RegistryWriter> {
    return new RegistryWriter(path, await disk.create(temporary));
  }

  private constructor(path: string, file: RegistryDiskFile) {
    this.path = path;
    this.#file = file;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False after a failure that leaves unknown what stands in the file. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /**
   * Writes records behind those that are there.
   *
   * **Guarantee**: resolved, they survive a power loss as long as the file's name does; rejected, they are as if never written,
   * or the file is not usable any more.
   */
  async append(records: Iterable<RegistryRecord>): Promise<void> {
    let position = this.#bytes;
    try {
      for (const bytes of slicesOf(records)) {
        await this.#file.write(bytes, position);
        position += bytes.length;
      }
    } catch (error) {
      await this.#takeBack();
      throw error;
    }
    // Whatever failed here may have dropped the bytes that it was to write: the kernel will not try again.
    this.#isUsable = false;
    await this.#file.sync();
    if (!(await this.#file.isLinked())) throw new Error(`${this.path} was deleted`);
    this.#isUsable = true;
    this.#bytes = position;
  }

  close(): Promise<void> {
    this.#isUsable = false;
    return this.#file.close();
  }

  async #takeBack(): Promise<void> {
    try {
      await this.#file.truncate(this.#bytes);
    } catch {
      this.#isUsable = false;
    }
  }
}

function* slicesOf(records: Iterable<RegistryRecord>): Generator<Buffer, void, undefined> {
  let text = "";
  for (const record of records) {
    text += encodeRecord(record);
    if (text.length < sliceBytes) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}
