import { type Clock, backOff } from "@gatelog/pipeline";
import { isMembershipLost, isRebalancing } from "./kafka-errors.ts";
import type { EachBatchPayload, IHeaders, KafkaMessage } from "./kafkajs.ts";
import { sleepUnless } from "./sleep-unless.ts";
import type { ConsumedBatch, ConsumedMessage, TopicHooks } from "./topic.ts";

/** A heartbeat is offered this often while a handler runs; kafkajs sends it when one is due. */
const heartbeatOfferMs = 1_000;

export interface BatchRunnerOptions {
  readonly handle: (batch: ConsumedBatch) => Promise<void>;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  readonly hooks: TopicHooks;
}

/**
 * Hands kafkajs' batches to the handler, keeps the membership alive meanwhile, and commits after it.
 *
 * **Guarantee**: a rejected batch is handed over again, with back-off and heartbeats, without leaving the group. A handler that was
 * told that its batch is stale is not believed afterwards: nothing is committed.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  #current: Promise<void> | undefined;
  /** Why the group wants its members to join again, since a batch was told; until it was joined. */
  #rejoin: { readonly reason: unknown } | undefined;

  constructor(options: BatchRunnerOptions) {
    this.#options = options;
  }

  /** Whether a handler is at work, or a rejected batch is waiting to be handed over again. */
  get handling(): boolean {
    return this.#current !== undefined;
  }

  /** To be called when the group was joined (again). */
  joined(): void {
    this.#rejoin = undefined;
  }

  /** Resolves when no handler is at work; never rejects. */
  async idle(): Promise<void> {
    await this.#current?.catch(() => undefined);
  }

  /** The `eachBatch` of one consumer; `over` aborts when that consumer is to be replaced. */
  forMember(over: AbortSignal): (payload: EachBatchPayload) => Promise<void> {
    return async (payload) => {
      while (this.#current !== undefined) await this.idle();
      if (over.aborted || !payload.isRunning() || payload.isStale()) return;
      // kafkajs goes on with what the same fetch brought of other partitions, while the group waits.
      if (this.#rejoin !== undefined) throw this.#rejoin.reason;
      const run = this.#deliver(payload, over);
      this.#current = run;
      try {
        await run;
      } finally {
        this.#current = undefined;
      }
    };
  }

  async #deliver(payload: EachBatchPayload, over: AbortSignal): Promise<void> {
    const membership = new Membership(payload, over, this.#options.stopping);
    const heartbeats = setInterval(() => void membership.beat(), heartbeatOfferMs);
    try {
      const handled = await this.#handleUntilDone(payload, membership);
      if (handled && !membership.toldStale) await commit(payload);
    } finally {
      clearInterval(heartbeats);
      membership.release();
    }
    if (membership.mustRejoin) this.#rejoin = { reason: membership.error };
    if (membership.error !== undefined) throw membership.error;
  }

  /** True when the handler resolved; false when the batch is not ours any more. */
  async #handleUntilDone(payload: EachBatchPayload, membership: Membership): Promise<boolean> {
    const delay = backOff({ minMs: 100, maxMs: 5_000 });
    const batch = toConsumedBatch(payload, membership);
    while (!membership.isOver()) {
      try {
        await this.#options.handle(batch);
        return true;
      } catch (error) {
        if (membership.isOver()) return false;
        this.#options.hooks.onEvent?.({
          code: "GATELOG_TOPIC_REDELIVERED",
          level: "warn",
          message: `a batch of ${batch.messages.length} messages at offset ${payload.batch.firstOffset()} is handed over again: ${String(error)}`,
          error,
        });
        await sleepUnless(this.#options.clock, delay.next(), [membership.over]);
        if (membership.mustRejoin) return false;
      }
    }
    return false;
  }
}

async function commit(payload: EachBatchPayload): Promise<void> {
  const { batch } = payload;
  const { topic, partition } = batch;
  const offset = (BigInt(batch.lastOffset()) + 1n).toString();
  await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
  payload.resolveOffset(batch.messages.at(-1)?.offset ?? batch.lastOffset());
}

/** Whether the batch in hand is still this member's to commit. */
class Membership {
  readonly #payload: EachBatchPayload;
  readonly #endings: readonly AbortSignal[];
  readonly #over = new AbortController();
  readonly #end = () => this.#over.abort();
  /** What kafkajs must see afterwards to join the group again. */
  error: unknown;
  /** The group wants its members to join again; the batch in hand can still be committed. */
  mustRejoin = false;
  toldStale = false;

  constructor(payload: EachBatchPayload, ...endings: readonly AbortSignal[]) {
    this.#payload = payload;
    this.#endings = endings;
    for (const ending of endings) {
      if (ending.aborted) this.#end();
      ending.addEventListener("abort", this.#end, { once: true });
    }
  }

  /** The signals live longer than the batch. */
  release(): void {
    for (const ending of this.#endings) ending.removeEventListener("abort", this.#end);
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  isOver(): boolean {
    return this.#over.signal.aborted || !this.#payload.isRunning() || this.#payload.isStale();
  }

  isStale(): boolean {
    this.toldStale ||= this.isOver();
    return this.toldStale;
  }

  /** Never rejects: a heartbeat that fails for the network is tried again, one that the group refuses ends the membership. */
  async beat(): Promise<void> {
    try {
      await this.#payload.heartbeat();
    } catch (error) {
      if (isRebalancing(error)) {
        this.mustRejoin = true;
        this.error ??= error;
      } else if (isMembershipLost(error)) {
        this.error ??= error;
        this.#over.abort();
      }
    }
  }
}

function toConsumedBatch({ batch }: EachBatchPayload, membership: Membership): ConsumedBatch {
  return {
    topic: batch.topic,
    partition: batch.partition,
    messages: batch.messages.map(toConsumedMessage),
    keepAlive: () => membership.beat(),
    isStale: () => membership.isStale(),
    isWantedBack: () => membership.mustRejoin,
  };
}

/** A tombstone becomes an empty value, a missing key an empty one: the consumer decides what such a message is. */
function toConsumedMessage(message: KafkaMessage): ConsumedMessage {
  return {
    key: message.key?.toString() ?? "",
    value: message.value ?? new Uint8Array(0),
    headers: message.headers === undefined ? {} : toHeaders(message.headers),
    offset: message.offset,
  };
}

/** Of several headers with one name the last counts, as in Kafka's own clients. */
function toHeaders(headers: IHeaders): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) result[name] = last.toString();
  }
  return result;
}
