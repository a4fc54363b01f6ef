import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import type { Config } from "../config.ts";
import type { Take } from "../intake.ts";
import { createFix } from "./codec.ts";
import { type Input, type InputContext, type InputLoad, noLoad } from "./input.ts";
import { LineSplitter } from "./line-splitter.ts";

export type StdinConfig = Extract<Config["inputs"][number], { readonly stdin: unknown }>["stdin"];

/** A pipe: it is read no faster than the buffer takes it, but has no acknowledgement: a kill loses what was read and is not on disk. */
export class StdinInput implements Input {
  readonly name: string;
  readonly #config: StdinConfig;
  readonly #context: InputContext;
  readonly #stream: Readable;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #trouble: string | undefined = "not started";
  #inFlightBytes = 0;

  constructor(config: StdinConfig, context: InputContext, stream: Readable = process.stdin) {
    this.name = context.name;
    this.#config = config;
    this.#context = context;
    this.#stream = stream;
  }

  start(): Promise<void> {
    const { intake, seedTimeZone } = this.#context;
    const take = intake({ fix: createFix(this.#config.codec, seedTimeZone), bytesOf: ({ length }: Uint8Array) => length });
    this.#trouble = undefined;
    this.#running = this.#run(take);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stream.destroy();
    await this.#running;
  }

  trouble(): string | undefined {
    return this.#trouble;
  }

  load(): InputLoad {
    return { ...noLoad, inFlightBytes: this.#inFlightBytes };
  }

  async #run(take: Take<Uint8Array>): Promise<void> {
    const { reports, onEnd } = this.#context;
    try {
      await this.#read(take);
      if (!this.#stopping.signal.aborted) onEnd();
    } catch (error) {
      if (this.#stopping.signal.aborted && isAbort(error)) return;
      this.#trouble = `standard input cannot be read: ${String(error)}`;
      reports.say({ code: "GATELOG_PROCESSOR_STDIN", level: "error", message: this.#trouble, error }, { input: this.name });
    }
  }

  /** What was read is handed on also while the input stops: nobody can read it again. */
  async #read(take: Take<Uint8Array>): Promise<void> {
    const lines = new LineSplitter(this.#config.lineBytesMax);
    try {
      for await (const chunk of this.#stream as AsyncIterable<Uint8Array>) await this.#take(lines.push(Buffer.from(chunk)), take);
    } catch (error) {
      if (!this.#stopping.signal.aborted || !isAbort(error)) throw error;
    } finally {
      await this.#take(lines.end(), take);
    }
  }

  async #take(lines: readonly Uint8Array[], take: Take<Uint8Array>): Promise<void> {
    if (lines.length === 0) return;
    const bytes = lines.reduce((sum, { length }) => sum + length, 0);
    this.#inFlightBytes = bytes;
    try {
      await take(lines);
    } catch (error) {
      // Only a stop gives events up.
      this.#context.reports.stdinLost(this.name, lines.length, error);
    }
    this.#inFlightBytes = 0;
  }
}

/** Reading a stream that was destroyed ends so. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
}
