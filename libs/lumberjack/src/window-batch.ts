/** Who sent a batch. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

/**
 * Takes the events of a window (or of a part of one) and resolves when they are durable; rejecting closes the
 * connection without an ACK, so that the peer sends them again. The list is not used again here: it may be emptied.
 */
export type OnBatch = (events: readonly Uint8Array[], peer: Peer) => Promise<void>;

/** What an event costs besides its bytes: the objects that hold it. Without it a million empty events would weigh nothing. */
export const eventOverheadBytes = 128;

/** What an event counts for in every limit of bytes in memory. */
export function weightOf(json: Uint8Array): number {
  return json.length + eventOverheadBytes;
}

/** A batch on its way: what it weighs, and the sequence that its ACK will carry. */
export interface HandedOn {
  readonly done: Promise<void>;
  readonly sequence: number;
  readonly weight: number;
}

/** The events of one connection that are not handed on yet. */
export class WindowBatch {
  readonly #peer: Peer;
  #events: Uint8Array[] = [];
  #weight = 0;
  #sequenceMax = 0;
  #sinceMs = 0;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  get count(): number {
    return this.#events.length;
  }

  get weight(): number {
    return this.#weight;
  }

  /** How long ago its first event came. */
  get ageMs(): number {
    return this.#events.length === 0 ? 0 : performance.now() - this.#sinceMs;
  }

  add(sequence: number, json: Uint8Array): void {
    if (this.#events.length === 0) {
      this.#sequenceMax = sequence;
      this.#sinceMs = performance.now();
    } else if (isLater(sequence, this.#sequenceMax)) {
      this.#sequenceMax = sequence;
    }
    this.#events.push(json);
    this.#weight += weightOf(json);
  }

  /** Hands the events on and starts an empty batch. A synchronous throw of `onBatch` is a rejection too. */
  handOn(onBatch: OnBatch): HandedOn {
    const events = this.#events;
    const handedOn = { done: callOnBatch(onBatch, events, this.#peer), sequence: this.#sequenceMax, weight: this.#weight };
    this.drop();
    return handedOn;
  }

  /** Forgets the events; gives their weight. */
  drop(): number {
    const weight = this.#weight;
    this.#events = [];
    this.#weight = 0;
    return weight;
  }
}

/** Sequences are 32 bits and begin anew behind 4,294,967,295: the later one is less than half the circle ahead. */
function isLater(sequence: number, than: number): boolean {
  return ((sequence - than) | 0) > 0;
}

async function callOnBatch(onBatch: OnBatch, events: readonly Uint8Array[], peer: Peer): Promise<void> {
  await onBatch(events, peer);
}
