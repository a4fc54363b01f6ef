import type { EventType } from "@gatelog/pipeline";
import { WorkEvent } from "./work-event.ts";

/** Where the parts of an event stand that the buffer keeps taken apart; see stored-event.ts. */
export interface PlainPlaces {
  readonly idStart: number;
  readonly timeStart: number;
  readonly lineStart: number;
  readonly fieldsStart: number;
}

/** An event that the buffer keeps taken apart. */
export class PlainEvent extends WorkEvent {
  readonly #places: PlainPlaces;

  constructor(bytes: Buffer, type: EventType, places: PlainPlaces) {
    super(bytes, type, places);
    this.#places = places;
  }

  protected storedLine(): Buffer {
    return this.bytes.subarray(this.#places.lineStart, this.#places.fieldsStart);
  }

  protected storedFields(): Record<string, unknown> {
    const json = this.storedFieldsJson();
    return json === "" ? {} : (JSON.parse(json) as Record<string, unknown>);
  }

  protected storedFieldsJson(): string {
    return this.bytes.toString("utf8", this.#places.fieldsStart);
  }

  protected mayHoldField(quotedName: string): boolean {
    return this.bytes.includes(quotedName, this.#places.fieldsStart);
  }
}
