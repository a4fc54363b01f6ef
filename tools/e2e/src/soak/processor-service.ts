import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Exit, freePort, ManagedProcess, waitFor } from "@gatelog/testkit";
import { stringify } from "yaml";

/** What it is made of, and between what it stands. */
export interface ProcessorServiceOptions {
  readonly directory: string;
  /** The built processor. */
  readonly bundle: string;
  readonly brokers: readonly string[];
  readonly elasticsearchUrl: string;
  readonly topic: string;
  readonly index: string;
}

/** The two outputs, by what stands behind them. */
export type OutputName = "elasticsearch" | "kafka";

const askMs = 3000;
/** Short, so that requests to a frozen server are given up and sent again while the server may still carry them out. */
const requestTimeoutMs = 5000;
const stopMs = 60_000;

/** The built processor as a process that is started again and again on one buffer and one port. */
export class ProcessorService {
  readonly port: number;
  readonly #options: ProcessorServiceOptions;
  readonly #adminPort: number;
  #process: ManagedProcess | undefined;

  private constructor(options: ProcessorServiceOptions, ports: { readonly port: number; readonly adminPort: number }) {
    this.#options = options;
    this.port = ports.port;
    this.#adminPort = ports.adminPort;
  }

  /** Writes the configuration; starts nothing yet. */
  static async create(options: ProcessorServiceOptions): Promise<ProcessorService> {
    const ports = { port: await freePort(), adminPort: await freePort() };
    const { brokers, elasticsearchUrl, topic, index, directory } = options;
    const configuration = {
      admin: { host: "127.0.0.1", port: ports.adminPort },
      inputs: [{ beats: { host: "127.0.0.1", port: ports.port } }],
      outputs: [
        { topic: { kafka: { brokers }, name: topic, value: "raw" } },
        { elasticsearch: { nodes: [elasticsearchUrl], index, requestTimeoutMs } },
      ],
      buffer: { dir: "./buffer" },
    };
    writeFileSync(join(directory, "processor.yaml"), stringify(configuration));
    return new ProcessorService(options, ports);
  }

  get configurationFile(): string {
    return join(this.#options.directory, "processor.yaml");
  }

  get outputFile(): string {
    return join(this.#options.directory, "processor.output");
  }

  /** Starts it and does not wait. */
  launch(): void {
    this.#process = new ManagedProcess({
      command: process.execPath,
      arguments: [this.#options.bundle, "--config", this.configurationFile],
      logFile: this.outputFile,
    });
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** SIGTERM; how it ended. */
  async stop(): Promise<Exit | undefined> {
    return this.#process?.stop(stopMs);
  }

  /** Waits until both outputs are well and have written all but `lagMax` events. */
  async recovered(lagMax: number, deadlineMs: number): Promise<void> {
    const isWell = async () => {
      this.assertRunning();
      const { status } = await this.#ask("/readyz");
      const lags = await this.lags();
      return status === 200 && lags !== undefined && lags.kafka <= lagMax && lags.elasticsearch <= lagMax;
    };
    await waitFor(isWell, { deadlineMs, intervalMs: 100, what: `both outputs to be well, with at most ${lagMax} events to write` });
  }

  /** **Errors**: when it has ended by itself. */
  assertRunning(): void {
    const exit = this.#process?.exit;
    if (exit !== undefined) throw new Error(`the processor ended by itself with ${exit.code ?? exit.signal}`);
  }

  /** Events that each output has still to write; undefined while the processor does not answer. */
  async lags(): Promise<Record<OutputName, number> | undefined> {
    const text = await this.#ask("/metrics").then(
      ({ body }) => body,
      () => "",
    );
    const of = (output: string) =>
      new RegExp(`^gatelog_processor_output_lag_events\\{output="${output}[^}]*\\} (\\S+)$`, "m").exec(text)?.[1];
    const [kafka, elasticsearch] = [of("topic"), of("elasticsearch")];
    if (kafka === undefined || elasticsearch === undefined) return undefined;
    return { kafka: Number(kafka), elasticsearch: Number(elasticsearch) };
  }

  /** Its resident memory now; 0 while it does not run. */
  rssMiB(): number {
    try {
      const status = readFileSync(`/proc/${this.#process?.pid}/status`, "utf8");
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      return 0;
    }
  }

  /** The last of what it printed. */
  lastOutput(): string {
    return (this.#process?.output() ?? "").slice(-1500);
  }

  async #ask(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#adminPort}${path}`, { signal: AbortSignal.timeout(askMs) });
    return { status: answer.status, body: await answer.text() };
  }
}
