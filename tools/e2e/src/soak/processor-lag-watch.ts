import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { OutputName, ProcessorService } from "./processor-service.ts";

/** The most that each output was behind, in events, and the most memory. */
export interface LagFigures {
  readonly kafkaLagMaxWhileElasticsearchAway: number;
  readonly elasticsearchLagMaxWhileKafkaAway: number;
  /** Over the whole run, its own outages included. */
  readonly kafkaLagMax: number;
  readonly elasticsearchLagMax: number;
  readonly rssMiBMax: number;
  /** The machine's: with more than it has processors the servers are short of time, whatever the processor does. */
  readonly loadAverageMax: number;
  /** Looks while an output was away, of which the maxima are made. */
  readonly looksWhileAway: number;
}

const lookMs = 200;

/** Looks again and again at what the outputs have still to write. */
export class LagWatch {
  readonly #processor: ProcessorService;
  readonly #whileOtherAway: Record<OutputName, number> = { kafka: 0, elasticsearch: 0 };
  readonly #max: Record<OutputName, number> = { kafka: 0, elasticsearch: 0 };
  #away: OutputName | undefined;
  #looksWhileAway = 0;
  #rssMiBMax = 0;
  #loadAverageMax = 0;
  #isOver = false;
  #looking: Promise<void> | undefined;

  constructor(processor: ProcessorService) {
    this.#processor = processor;
  }

  start(): void {
    this.#looking = this.#look();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
  }

  /** Says which server is away from now on; undefined: none. */
  away(output: OutputName | undefined): void {
    this.#away = output;
  }

  figures(): LagFigures {
    return {
      kafkaLagMaxWhileElasticsearchAway: this.#whileOtherAway.kafka,
      elasticsearchLagMaxWhileKafkaAway: this.#whileOtherAway.elasticsearch,
      kafkaLagMax: this.#max.kafka,
      elasticsearchLagMax: this.#max.elasticsearch,
      rssMiBMax: this.#rssMiBMax,
      loadAverageMax: this.#loadAverageMax,
      looksWhileAway: this.#looksWhileAway,
    };
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      const away = this.#away;
      const lags = await this.#processor.lags();
      this.#rssMiBMax = Math.max(this.#rssMiBMax, this.#processor.rssMiB());
      this.#loadAverageMax = Math.max(this.#loadAverageMax, Math.round(loadavg()[0] ?? 0));
      if (lags !== undefined) this.#note(lags, away);
      await sleep(lookMs);
    }
  }

  #note(lags: Readonly<Record<OutputName, number>>, away: OutputName | undefined): void {
    for (const output of ["kafka", "elasticsearch"] as const) {
      this.#max[output] = Math.max(this.#max[output], lags[output]);
      if (away === undefined || away === output) continue;
      this.#whileOtherAway[output] = Math.max(this.#whileOtherAway[output], lags[output]);
      this.#looksWhileAway += 1;
    }
  }
}
