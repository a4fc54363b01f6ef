import type { Socket } from "node:net";
import { encodeAck } from "./encoder.ts";
import { LumberjackError } from "./errors.ts";

export interface PeerWatchOptions {
  readonly inactivityTimeoutMs: number;
  readonly frameTimeoutMs: number;
  readonly slowFrameTimeoutMs: number;
  readonly partialBatchMs: number;
  readonly keepAliveMs: number;
}

/** What a connection looks like at a moment. */
export interface PeerState {
  /** Of the last window; 0 before the first. */
  readonly version: number;
  /** Something of the peer's is pending with us: it is told by keep-alives and not blamed for its silence. */
  readonly isWaitingForUs: boolean;
  /** Nothing of what came is left to be done: the next step is the peer's. */
  readonly isReading: boolean;
  /** The peer began what it did not finish: a frame, a window, or reading its ACKs. */
  readonly isOwing: boolean;
  /** Since when the rest of a frame is awaited; undefined between frames. */
  readonly frameSinceMs: number | undefined;
  /** Whether others wait for what the incomplete frame holds. */
  readonly isRoomWanted: boolean;
  /** Age of the events that are not handed on yet. */
  readonly batchMs: number;
}

export interface WatchedPeer {
  readonly socket: Socket;
  readonly state: () => PeerState;
  readonly handOn: () => void;
  readonly fail: (error: LumberjackError) => void;
}

/** Tells a peer that waits that we are at work, and ends what a peer began and does not finish. */
export class PeerWatch {
  readonly #peer: WatchedPeer;
  readonly #options: PeerWatchOptions;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #looking: NodeJS.Timeout;

  constructor(peer: WatchedPeer, options: PeerWatchOptions) {
    const { inactivityTimeoutMs, frameTimeoutMs, slowFrameTimeoutMs, partialBatchMs, keepAliveMs } = options;
    this.#peer = peer;
    this.#options = options;
    this.#keepAlive = setInterval(() => this.#sendKeepAlive(), keepAliveMs);
    const lookMs = Math.max(lookMsMin, Math.min(lookMsMax, Math.min(frameTimeoutMs, slowFrameTimeoutMs, partialBatchMs) / 4));
    this.#looking = setInterval(() => this.#look(), lookMs);
    peer.socket.setTimeout(inactivityTimeoutMs, () => this.#onInactive());
  }

  stop(): void {
    clearInterval(this.#keepAlive);
    clearInterval(this.#looking);
  }

  #sendKeepAlive(): void {
    const { socket } = this.#peer;
    const { version, isWaitingForUs } = this.#peer.state();
    if (version > 0 && isWaitingForUs && socket.writable && socket.writableLength === 0) socket.write(encodeAck(version, 0));
  }

  #onInactive(): void {
    const { socket, state, fail } = this.#peer;
    const { inactivityTimeoutMs } = this.#options;
    const { isWaitingForUs, isOwing } = state();
    // It fires once; what the peer waits for may end without a byte to it.
    if (isWaitingForUs) socket.setTimeout(inactivityTimeoutMs);
    else if (isOwing) this.#failSlow(`what was begun was not finished, and nothing moved for ${inactivityTimeoutMs} ms`);
    else fail(new LumberjackError("GATELOG_LUMBERJACK_INACTIVE", `nothing was sent for ${inactivityTimeoutMs} ms`));
  }

  #look(): void {
    const { frameTimeoutMs, slowFrameTimeoutMs, partialBatchMs } = this.#options;
    const { isReading, frameSinceMs, isRoomWanted, batchMs } = this.#peer.state();
    if (!isReading) return;
    const frameMs = frameSinceMs === undefined ? 0 : performance.now() - frameSinceMs;
    if (frameMs > frameTimeoutMs) this.#failSlow(`a frame was not complete within ${frameTimeoutMs} ms`);
    else if (frameMs > slowFrameTimeoutMs && isRoomWanted)
      this.#failSlow(`a large frame was not complete within ${slowFrameTimeoutMs} ms while others wait for its room`);
    else if (batchMs > partialBatchMs) this.#peer.handOn();
  }

  #failSlow(message: string): void {
    this.#peer.fail(new LumberjackError("GATELOG_LUMBERJACK_SLOW", message));
  }
}

const lookMsMin = 10;
const lookMsMax = 1000;
