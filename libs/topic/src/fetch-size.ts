import { DeliveryError } from "@gatelog/pipeline";
import type { TopicErrorCode } from "./errors.ts";
import { beginFetch, FetchBudget } from "./fetch-budget.ts";
import type { MemberLife } from "./member-life.ts";
import type { TopicHooks } from "./topic.ts";

const bytesMaxDefault = 4 * 1024 * 1024;
/** A fetch may become this many times larger when it is decompressed; then less is fetched at a time. Lines of JSON become three to six times larger. */
const decompressedFactor = 8;
/** Fetched at least: as good as one record batch, which brokers always give, however large it is. */
const bytesMin = 1024;
/** A record batch, which comes alone then, may become so large; a larger one is an attack on memory, or was never meant for us. */
const batchBytesMaxDefault = 256 * 1024 * 1024;
const shrinkage = 16;

/**
 * How much one fetch asks for: what is configured, and less where that became too large when it was decompressed.
 *
 * **Guarantee**: what is decompressed of one fetch is at most eight times what is configured, or one record batch of 256 MiB (or eight times what is
 * configured, where that is more). A larger one is not read and never passed over: the member ends with GATELOG_TOPIC_BATCH_TOO_LARGE, again and again.
 */
export class FetchSize {
  readonly #configured: number;
  readonly #hooks: TopicHooks;
  #bytes: number;

  constructor(configured: number | undefined, hooks: TopicHooks) {
    this.#configured = configured ?? bytesMaxDefault;
    this.#hooks = hooks;
    this.#bytes = this.#configured;
  }

  /** **Units**: compressed bytes, over all partitions of a broker. */
  get bytes(): number {
    return this.#bytes;
  }

  /** To be called in the asynchronous context of a fetch. A consumer's size is fixed: one that is too large ends its life. */
  begin(life: MemberLife): void {
    const asked = this.#bytes;
    const fetchedMax = this.#configured * decompressedFactor;
    // At the least size a single record batch must be readable.
    const isLeast = asked <= bytesMin;
    const bytesMax = isLeast ? Math.max(fetchedMax, batchBytesMaxDefault) : fetchedMax;
    const onExceeded = (): never => {
      const error = isLeast
        ? tooLarge(bytesMax)
        : new Error(`a fetch of ${asked} bytes is more than ${bytesMax} bytes when it is decompressed`);
      if (!isLeast && !life.over.aborted) this.#shrink(asked, error.message);
      life.end(error);
      throw error;
    };
    beginFetch(new FetchBudget({ bytesMax, onExceeded }));
  }

  #shrink(asked: number, why: string): void {
    this.#bytes = Math.max(bytesMin, Math.floor(asked / shrinkage));
    const message = `${why}; from now on ${this.#bytes} are fetched at a time`;
    this.#hooks.onEvent?.({ code: "GATELOG_TOPIC_FETCH_SHRUNK", level: "warn", message });
  }
}

function tooLarge(bytesMax: number): DeliveryError {
  const needed = `raise fetchBytesMax above ${bytesMax / decompressedFactor} for it, or set the offset of the group behind it`;
  const message = `a record batch is more than ${bytesMax} bytes when it is decompressed; it is neither read nor passed over: ${needed}`;
  return new DeliveryError("GATELOG_TOPIC_BATCH_TOO_LARGE" satisfies TopicErrorCode, message, { permanent: false });
}
