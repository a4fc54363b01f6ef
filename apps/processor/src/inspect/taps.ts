import { Buffer } from "node:buffer";
import type { Clock } from "@gatelog/pipeline";
import { AdminRefusal, nearestName } from "@gatelog/service-kit";
import type { ChainTap, FilterChain } from "../filters/chain.ts";
import { decodeEvent } from "../stored-event.ts";
import { unknownOutput } from "./test-file.ts";
import { TapStream, type TapWish } from "./tap-stream.ts";

/** Clients that look at the events at the same time. */
export const tapsMax = 4;
/** Points that every pipeline has; all others are names of filters and conditions. */
const fixedPoints: readonly string[] = ["input", "buffer", "output"];

export interface TapsOptions {
  readonly clock: Clock;
  /** The filters that each output runs now. */
  readonly chains: () => ReadonlyMap<string, Pick<FilterChain, "allNodes">>;
}

/**
 * Who looks at the events of a running processor.
 *
 * **Guarantee**: while nobody does, inputs and outputs are told so once a batch, and that is all it costs.
 */
export class Taps {
  readonly #options: TapsOptions;
  readonly #streams = new Set<TapStream>();

  constructor(options: TapsOptions) {
    this.#options = options;
  }

  /** Who looks at what an output does; undefined for nobody. */
  ofOutput(output: string): ChainTap | undefined {
    if (this.#streams.size === 0) return undefined;
    const streams = [...this.#streams].filter(({ wish }) => wish.at !== "input" && (wish.output ?? output) === output);
    if (streams.length === 0) return undefined;
    return {
      see: (at, event, kept) => {
        for (const stream of streams)
          if (stream.wish.at === at) stream.offer(fixedPoints.includes(at) ? { at, output } : { at, output, kept }, event);
      },
    };
  }

  /** Who looks at what comes in: takes events as they go into the buffer. Undefined for nobody. */
  ofInput(input: string): ((events: readonly Uint8Array[]) => void) | undefined {
    if (this.#streams.size === 0) return undefined;
    const streams = [...this.#streams].filter(({ wish }) => wish.at === "input");
    if (streams.length === 0) return undefined;
    return (events) => {
      for (const bytes of events) {
        const event = decodeEvent(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
        if (event !== undefined) for (const stream of streams) stream.offer({ at: "input", input }, event);
      }
    };
  }

  /**
   * Begins to look; ends when `signal` aborts.
   *
   * **Errors**: AdminRefusal 400 for a point or an output that is not there, 429 above `tapsMax`.
   */
  open(wish: TapWish, signal: AbortSignal): TapStream {
    this.#check(wish);
    if (this.#streams.size >= tapsMax)
      throw new AdminRefusal(429, `${tapsMax} taps are open, which is the most: close one of them, or try again later`);
    const stream = new TapStream(wish, this.#options.clock);
    this.#streams.add(stream);
    const end = () => {
      stream.end();
      this.#streams.delete(stream);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    return stream;
  }

  #check({ at, output }: TapWish): void {
    const chains = this.#options.chains();
    if (output !== undefined && !chains.has(output)) throw new AdminRefusal(400, unknownOutput(output, [...chains.keys()]));
    if (output !== undefined && at === "input") throw new AdminRefusal(400, "inputs come before the outputs: leave output out");
    if (fixedPoints.includes(at)) return;
    const looked = output === undefined ? [...chains.values()] : [chains.get(output)];
    const nodes = [...new Set(looked.flatMap((chain) => chain?.allNodes().map(({ name }) => name) ?? []))];
    if (!nodes.includes(at)) throw new AdminRefusal(400, unknownPoint(at, nodes, output));
  }
}

function unknownPoint(at: string, nodes: readonly string[], output: string | undefined): string {
  const whose = output === undefined ? "no output runs" : `the output ${output} does not run`;
  const points = [...fixedPoints, ...nodes];
  const nearest = nearestName(at, points);
  return `${whose} "${at}"${nearest === undefined ? `, points are: ${points.join(", ")}` : `, did you mean "${nearest}"?`}`;
}
