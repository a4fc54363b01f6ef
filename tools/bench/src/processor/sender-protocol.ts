/** What the sender's process is told, as JSON in its only argument. */
export interface SenderOptions {
  readonly port: number;
  readonly connections: number;
  /** 0: frames as they are; else each window is one compressed frame. */
  readonly compressionLevel: number;
  readonly events: number;
  /** Added to the number of each event, which is its id: so that several runs do not send the same ones. */
  readonly firstEvent: number;
  /** Events a second over all connections; undefined: as fast as they are acknowledged. */
  readonly eventsPerSecond?: number;
}

/** From the sender to the bench. It begins when it is told `go`. */
export type SenderMessage =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly acknowledged: number }
  | { readonly type: "done"; readonly report: SenderReport }
  | { readonly type: "failed"; readonly reason: string };

export interface SenderReport {
  readonly events: number;
  /** Bytes of the frames, before compression. */
  readonly bytes: number;
  /** By `Date.now()`. */
  readonly startedAtMs: number;
  readonly acknowledgedAtMs: number;
  /** CPU time of the sender: shows how far it is from being what limits. */
  readonly cpuSeconds: number;
}
