import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, waitFor } from "@gatelog/testkit";
import { stringify } from "yaml";
import { AppService } from "./app-service.ts";

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

/** Short, so that requests to a frozen server are given up and sent again while the server may still carry them out. */
const requestTimeoutMs = 5000;

/** The built processor as a process that is started again and again on one buffer and one port. */
export class ProcessorService extends AppService {
  readonly port: number;

  private constructor({ directory, bundle }: ProcessorServiceOptions, ports: { readonly port: number; readonly adminPort: number }) {
    super({
      name: "processor",
      bundle,
      configurationFile: join(directory, "processor.yaml"),
      outputFile: join(directory, "processor.output"),
      adminPort: ports.adminPort,
    });
    this.port = ports.port;
  }

  /** Writes the configuration; starts nothing yet. */
  static async create(options: ProcessorServiceOptions): Promise<ProcessorService> {
    const ports = { port: await freePort(), adminPort: await freePort() };
    const { brokers, elasticsearchUrl, topic, index } = options;
    const configuration = {
      admin: { host: "127.0.0.1", port: ports.adminPort },
      inputs: [{ beats: { host: "127.0.0.1", port: ports.port } }],
      outputs: [
        { topic: { kafka: { brokers }, name: topic, value: "raw" } },
        { elasticsearch: { nodes: [elasticsearchUrl], index, requestTimeoutMs } },
      ],
      buffer: { dir: "./buffer" },
    };
    const service = new ProcessorService(options, ports);
    writeFileSync(service.configurationFile, stringify(configuration));
    return service;
  }

  /** Waits until both outputs are well and have written all but `lagMax` events. */
  async recovered(lagMax: number, deadlineMs: number): Promise<void> {
    const isWell = async () => {
      this.assertRunning();
      const { status } = await this.ask("/readyz");
      const lags = await this.lags();
      return status === 200 && lags !== undefined && lags.kafka <= lagMax && lags.elasticsearch <= lagMax;
    };
    await waitFor(isWell, { deadlineMs, intervalMs: 100, what: `both outputs to be well, with at most ${lagMax} events to write` });
  }

  /** Events that each output has still to write; undefined while the processor does not answer. */
  async lags(): Promise<Record<OutputName, number> | undefined> {
    const text = await this.metrics();
    const of = (output: string) =>
      new RegExp(`^gatelog_processor_output_lag_events\\{output="${output}[^}]*\\} (\\S+)$`, "m").exec(text)?.[1];
    const [kafka, elasticsearch] = [of("topic"), of("elasticsearch")];
    if (kafka === undefined || elasticsearch === undefined) return undefined;
    return { kafka: Number(kafka), elasticsearch: Number(elasticsearch) };
  }
}
