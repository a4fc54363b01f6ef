import type { Registry } from "@gatelog/service-kit";
import { Counter, Gauge } from "prom-client";

/** Values that are read when somebody asks for the metrics. */
export interface LiveValues {
  readonly files: number;
  readonly openFiles: number;
  readonly backlogBytes: number;
  readonly inFlightEvents: number;
}

/** The tailer's metrics. */
export interface Metrics {
  readonly linesRead: Counter;
  readonly bytesRead: Counter;
  readonly linesTruncated: Counter;
  readonly eventsDelivered: Counter;
  readonly batchesDelivered: Counter;
  readonly deliveriesRetried: Counter<"code">;
  readonly filesFound: Counter;
  readonly filesTruncated: Counter;
  readonly filesReplaced: Counter;
  readonly filesLost: Counter;
  readonly bytesLost: Counter;
  readonly readFailures: Counter;
  readonly scanFailures: Counter;
  readonly hintFailures: Counter;
  readonly registryFailures: Counter;
  /** Says where the live values come from. */
  readonly observe: (read: () => LiveValues) => void;
}

/** Makes the tailer's metrics in the registry. */
export function createMetrics(registry: Registry): Metrics {
  let read: (() => LiveValues) | undefined;
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `gatelog_tailer_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const gauge = (name: string, help: string, value: (live: LiveValues) => number) =>
    new Gauge({
      name: `gatelog_tailer_${name}`,
      help,
      registers: [registry],
      collect() {
        if (read !== undefined) this.set(value(read()));
      },
    });
  gauge("files", "Files that the inputs name.", (live) => live.files);
  gauge("open_files", "Files that are open.", (live) => live.openFiles);
  gauge("backlog_bytes", "Bytes on disk that are not acknowledged.", (live) => live.backlogBytes);
  gauge("events_in_flight", "Events that were read and are not acknowledged.", (live) => live.inFlightEvents);
  return {
    linesRead: counter("lines_read_total", "Lines that were read, those that were read again included."),
    bytesRead: counter("read_bytes_total", "Bytes of these lines."),
    linesTruncated: counter("lines_truncated_total", "Lines over limits.lineBytesMax, which were cut and flagged."),
    eventsDelivered: counter("events_delivered_total", "Events that the receiver acknowledged."),
    batchesDelivered: counter("batches_delivered_total", "Batches that the receiver acknowledged."),
    deliveriesRetried: counter("deliveries_retried_total", "Attempts that failed and were repeated.", ["code"]),
    filesFound: counter("files_found_total", "Files that were found."),
    filesTruncated: counter("files_truncated_total", "Files that became shorter and were read from their beginning."),
    filesReplaced: counter("files_replaced_total", "Files with other content under a known inode."),
    filesLost: counter("files_lost_total", "Files that vanished before they were read to their end."),
    bytesLost: counter("lost_bytes_total", "Unread bytes of these files."),
    readFailures: counter("read_failures_total", "Files that could not be opened or read; they are tried again."),
    scanFailures: counter("scan_failures_total", "Directories that could not be looked at."),
    hintFailures: counter("hint_failures_total", "Failures of the kernel's notifications; polling goes on."),
    registryFailures: counter("registry_failures_total", "Registries that were damaged or could not be written."),
    observe: (source) => (read = source),
  };
}
