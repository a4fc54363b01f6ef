import { createFileTail, type FileTail, FileTailError, type TailLine } from "@gatelog/file-tail";
import { idFromGeneration, idFromSpan } from "@gatelog/log-record";
import { DeliveryError } from "@gatelog/pipeline";
import { ensureWritableDirectory, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import type { ProcessorErrorCode } from "../errors.ts";
import type { Provenance } from "../fix-identity.ts";
import type { Take } from "../intake.ts";
import { createFix } from "./codec.ts";
import { type Input, type InputContext, type InputLoad, noLoad } from "./input.ts";

export type FileInputConfig = Extract<Config["inputs"][number], { readonly file: unknown }>["file"];

/** Lines of growing files: an offset is saved when the lines before it are on disk. */
export class FileInput implements Input {
  readonly name: string;
  readonly #config: FileInputConfig;
  readonly #context: InputContext;
  readonly #tail: FileTail;
  #inFlightBytes = 0;
  #isStopping = false;

  constructor(config: FileInputConfig, context: InputContext) {
    const { paths, exclude, encoding, startAt, registryDir, lineBytesMax, scanIntervalMs } = config;
    this.name = context.name;
    this.#config = config;
    this.#context = context;
    this.#tail = createFileTail({
      inputs: [{ id: "file", paths, exclude, encoding, startAt }],
      registryDir,
      limits: { lineBytesMax, scanIntervalMs },
      clock: context.clock,
      onEvent: (event) => context.reports.file(context.name, event),
    });
  }

  async start(): Promise<void> {
    const { key, seedTimeZone, intake } = this.#context;
    const fix = createFix(this.#config.codec, seedTimeZone);
    const take = intake<TailLine>({ fix: (line) => fix(line.bytes, provenanceOf(line)), bytesOf: ({ bytes }) => bytes.length });
    await ensureWritableDirectory(this.#config.registryDir, `${key}.registryDir`);
    try {
      await this.#tail.start((batch) => this.#take(batch.toLines(), batch.bytes, take));
    } catch (error) {
      if (error instanceof FileTailError) throw new StartError(error.message, { key: `${key}.registryDir`, cause: error });
      throw error;
    }
  }

  /** The tail would read to where the files end; what is left there waits for the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#tail.stop();
  }

  trouble(): string | undefined {
    const { scanProblem, registryProblem, passProblem } = this.#tail.status();
    return registryProblem ?? passProblem ?? scanProblem;
  }

  load(): InputLoad {
    return { ...noLoad, inFlightBytes: this.#inFlightBytes };
  }

  async #take(lines: readonly TailLine[], bytes: number, take: Take<TailLine>): Promise<void> {
    if (this.#isStopping)
      throw new DeliveryError("GATELOG_PROCESSOR_STOPPING" satisfies ProcessorErrorCode, "the input stops", { permanent: false });
    this.#inFlightBytes += bytes;
    try {
      await take(lines);
    } finally {
      this.#inFlightBytes -= bytes;
    }
  }
}

function provenanceOf({ file, offset, nextOffset, truncated, joined }: TailLine): Provenance {
  const { path, inode, device, generation } = file;
  return {
    isCut: truncated,
    placeId: () => (joined ? idFromSpan(generation, offset, nextOffset) : idFromGeneration(generation, offset)),
    fieldsJson: JSON.stringify({ log: { file: { path, inode, device_id: device }, offset, ...(truncated && { flags: ["truncated"] }) } }),
  };
}
