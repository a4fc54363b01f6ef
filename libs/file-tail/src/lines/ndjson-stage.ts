import type { NdjsonOptions } from "../types.ts";
import { readJsonObject } from "./json-object.ts";
import { type CutContext, isBlank, type ItemReader, type LineItem, type LineStage, type StageBounds, withTally } from "./line-item.ts";
import { type Fields, mergeFields } from "./merge-fields.ts";
import type { TextSpan } from "./text-arena.ts";

const problem: Fields = { error: { message: "The line is no JSON object that can be read." } };

/**
 * Reads events that are JSON objects: their keys become fields under `target`, whose dots nest.
 *
 * **Guarantee**: what is no JSON object, or nested more deeply than `nestingMax`, is handed on as it is and counted. Fields that an earlier
 * parser found are kept where the object has the same. With an empty target keys may be named like what the consumer itself writes
 * (`@timestamp`, `log`, …): which of them it keeps is its decision, not this one's.
 */
export class NdjsonStage implements LineStage {
  readonly itemBytesMax: number;
  readonly windowBytes: number;
  readonly #options: NdjsonOptions;

  constructor(options: NdjsonOptions, { itemBytesMax, windowBytes }: StageBounds) {
    this.#options = options;
    this.itemBytesMax = itemBytesMax;
    this.windowBytes = windowBytes;
  }

  read(upstream: ItemReader, context: CutContext): ItemReader {
    return {
      next: () => {
        const item = upstream.next();
        return item === undefined || item.kind !== "text" || isBlank(item) ? item : this.#parse(item, context);
      },
    };
  }

  #parse(item: LineItem, { arena }: CutContext): LineItem {
    const { target = "json", messageKey, addErrorKey = true } = this.#options;
    const object = readJsonObject(item.buffer.toString("utf8", item.start, item.end));
    if (object === undefined) return withFields(withTally(item, { unparsed: 1 }), addErrorKey ? problem : undefined);
    const message = messageKey !== undefined && Object.hasOwn(object, messageKey) ? object[messageKey] : undefined;
    const text = typeof message === "string" ? arena.write(message) : item;
    return foundIn(item, text, nest(object, target));
  }
}

function withFields(item: LineItem, found: Fields | undefined): LineItem {
  return found === undefined ? item : { ...item, fields: mergeFields(item.fields, found) };
}

/** Named one by one, for it is done for every line. */
function foundIn(item: LineItem, { buffer, start, end }: TextSpan, found: Fields): LineItem {
  const { kind, from, last, next, flags, isAlone, timestamp, tally } = item;
  return {
    kind,
    buffer,
    start,
    end,
    from,
    last,
    next,
    flags,
    isAlone,
    isRead: true,
    fields: mergeFields(item.fields, found),
    timestamp,
    tally,
  };
}

function nest(object: Fields, target: string): Fields {
  return target === "" ? object : target.split(".").reduceRight((inner: Fields, name) => ({ [name]: inner }), object);
}
