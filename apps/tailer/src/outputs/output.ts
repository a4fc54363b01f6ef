import type { LineBatch } from "@gatelog/file-tail";

/** Whether an output is fit for work now, and why not. */
export interface OutputStatus {
  readonly ready: boolean;
  /** One sentence; absent when ready. */
  readonly reason?: string;
  /** Of an output with several receivers: which of them are connected. */
  readonly hosts?: readonly { readonly host: string; readonly connected: boolean }[];
}

/**
 * Where lines go.
 *
 * **Guarantee**: `deliver` takes what it needs of the batch before it returns its promise, which resolves when every line is
 * durable where they go, or among the dead letters, with the number of those that are where they go; it tries for ever and rejects
 * only when `signal` aborts.
 */
export interface Output {
  /** Takes up work; what a remote says is no reason not to start. **Errors**: StartError for local obstacles. */
  start(): Promise<void>;
  deliver(batch: LineBatch, signal: AbortSignal): Promise<number>;
  status(): OutputStatus;
  stop(): Promise<void>;
}

/** What outputs tell whoever runs them; nothing per line. */
export interface OutputReports {
  retrying(error: Error & { readonly code: string }, delayMs: number): void;
  delivered(): void;
  deadLettered(error: Error & { readonly code: string }): void;
}
