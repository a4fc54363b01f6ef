/** Who sent a batch. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

/**
 * Takes the events of a window (or of a part of one) and resolves when they are durable; rejecting closes the
 * connection without an ACK, so that the peer sends them again.
 */
export type OnBatch = (events: readonly Uint8Array[], peer: Peer) => Promise<void>;

/** A batch on its way: what it weighs, and the sequence that its ACK will carry. */
export interface HandedOn {
  readonly done: Promise<void>;
  readonly sequence: number;
  readonly bytes: number;
}

/** The events of one connection that are not handed on yet. */
export class WindowBatch {
  readonly #peer: Peer;
  #events: Uint8Array[] = [];
  #bytes = 0;
  #sequenceMax = 0;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  get count(): number {
    return this.#events.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(sequence: number, json: Uint8Array): void {
    this.#sequenceMax = this.#events.length === 0 ? sequence : Math.max(this.#sequenceMax, sequence);
    this.#events.push(json);
    this.#bytes += json.length;
  }

  /** Hands the events on and starts an empty batch. A synchronous throw of `onBatch` is a rejection too. */
  handOn(onBatch: OnBatch): HandedOn {
    const events = this.#events;
    const handedOn = { done: callOnBatch(onBatch, events, this.#peer), sequence: this.#sequenceMax, bytes: this.#bytes };
    this.drop();
    return handedOn;
  }

  /** Forgets the events; gives their bytes. */
  drop(): number {
    const bytes = this.#bytes;
    this.#events = [];
    this.#bytes = 0;
    this.#sequenceMax = 0;
    return bytes;
  }
}

async function callOnBatch(onBatch: OnBatch, events: readonly Uint8Array[], peer: Peer): Promise<void> {
  await onBatch(events, peer);
}
