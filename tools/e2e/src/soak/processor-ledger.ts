import { Client } from "@elastic/elasticsearch";
import { type EventPlace, idOf, placeOfId, placeOfLine } from "./processor-events.ts";
import { readTopic, type TopicMessage } from "./processor-topic-reader.ts";

/** What was found of the acknowledged events in the two stores; all but `acknowledged` and `kafkaRepeats` have to be 0. */
export interface LedgerFigures {
  readonly acknowledged: number;
  readonly missingInKafka: number;
  readonly kafkaRepeats: number;
  /** Messages that are no line that was sent. */
  readonly inventedInKafka: number;
  /** Messages whose id is not the event's, or not that of an earlier message of the same event, or differs from the key. */
  readonly wrongIdsInKafka: number;
  readonly missingInElasticsearch: number;
  readonly doubledInElasticsearch: number;
  /** Documents of an id that no event has. */
  readonly inventedInElasticsearch: number;
  /** Documents that were stored without their fields. */
  readonly minimalInElasticsearch: number;
}

const pageDocuments = 5000;
const countMax = 255;

/** Holds what both stores have against what the senders know to be acknowledged. */
export class ProcessorLedger {
  readonly #inKafka: readonly Uint8Array[];
  readonly #inElasticsearch: readonly Uint8Array[];
  /** The ids that the processor derived, and whose they are. */
  readonly #derivedIds = new Map<string, EventPlace>();
  readonly #derivedPlaces = new Set<string>();
  #inventedInKafka = 0;
  #wrongIdsInKafka = 0;
  #inventedInElasticsearch = 0;
  #minimalInElasticsearch = 0;

  /** @param acknowledged How many events of each sender were acknowledged; all of its events are by then. */
  constructor(acknowledged: readonly number[]) {
    this.#inKafka = acknowledged.map((count) => new Uint8Array(count));
    this.#inElasticsearch = acknowledged.map((count) => new Uint8Array(count));
  }

  /** Reads the whole topic. To be called first: ids that were derived are known from there. */
  async readKafka(brokers: readonly string[], topic: string): Promise<void> {
    await readTopic(brokers, topic, (message) => this.noteMessage(message));
  }

  /** Reads all documents, by scroll. */
  async readElasticsearch(url: string, index: string): Promise<void> {
    const client = new Client({ node: url });
    try {
      await client.indices.refresh({ index: `${index}-*` });
      const request = { index: `${index}-*`, _source_includes: ["error.code"], size: pageDocuments, query: { match_all: {} } };
      for await (const page of client.helpers.scrollSearch<{ error?: unknown }>(request)) {
        for (const { _id: id = "", _source: source } of page.body.hits.hits) this.noteDocument(id, source?.error !== undefined);
      }
    } finally {
      await client.close();
    }
  }

  figures(): LedgerFigures {
    const kafka = tally(this.#inKafka);
    const elasticsearch = tally(this.#inElasticsearch);
    return {
      acknowledged: kafka.events,
      missingInKafka: kafka.missing,
      kafkaRepeats: kafka.repeats,
      inventedInKafka: this.#inventedInKafka,
      wrongIdsInKafka: this.#wrongIdsInKafka,
      missingInElasticsearch: elasticsearch.missing,
      doubledInElasticsearch: elasticsearch.repeats,
      inventedInElasticsearch: this.#inventedInElasticsearch,
      minimalInElasticsearch: this.#minimalInElasticsearch,
    };
  }

  /** One message of the topic. */
  noteMessage({ key, value, headers }: TopicMessage): void {
    const place = placeOfLine(value?.toString() ?? "");
    if (place === undefined || !note(this.#inKafka, place)) return void (this.#inventedInKafka += 1);
    const id = headers?.["gatelog-id"]?.toString() ?? "";
    if (id === "" || id !== key?.toString() || !this.#isIdOf(id, place)) this.#wrongIdsInKafka += 1;
    return undefined;
  }

  /** One document. */
  noteDocument(id: string, isMinimal: boolean): void {
    const place = placeOfId(id) ?? this.#derivedIds.get(id);
    if (place === undefined || !note(this.#inElasticsearch, place)) this.#inventedInElasticsearch += 1;
    if (isMinimal) this.#minimalInElasticsearch += 1;
  }

  /** Whether it is the event's given id; of one that was derived, the same as the first time, and nobody else's. */
  #isIdOf(id: string, place: EventPlace): boolean {
    const given = idOf(place);
    if (given !== undefined) return id === given;
    const owner = this.#derivedIds.get(id);
    if (owner !== undefined) return owner.sender === place.sender && owner.number === place.number;
    const name = `${place.sender}-${place.number}`;
    if (this.#derivedPlaces.has(name)) return false;
    this.#derivedPlaces.add(name);
    this.#derivedIds.set(id, place);
    return true;
  }
}

/** Counts one; false where the sender never came so far. */
function note(counts: readonly Uint8Array[], { sender, number }: EventPlace): boolean {
  const ofSender = counts[sender];
  if (ofSender === undefined || number >= ofSender.length) return false;
  ofSender[number] = Math.min((ofSender[number] ?? 0) + 1, countMax);
  return true;
}

function tally(counts: readonly Uint8Array[]): { readonly events: number; readonly missing: number; readonly repeats: number } {
  let [events, missing, repeats] = [0, 0, 0];
  for (const ofSender of counts) {
    events += ofSender.length;
    for (const count of ofSender) {
      if (count === 0) missing += 1;
      else repeats += count - 1;
    }
  }
  return { events, missing, repeats };
}
