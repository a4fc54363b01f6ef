import type { Registry } from "@gatelog/service-kit";
import { Counter } from "prom-client";
import { createLiveMetrics, type LiveValues } from "./live-metrics.ts";

/** The tailer's metrics. */
export interface Metrics {
  readonly linesRead: Counter;
  readonly bytesRead: Counter;
  readonly linesTruncated: Counter;
  readonly linesSkipped: Counter;
  readonly copiesRecognised: Counter;
  readonly compressedFinished: Counter;
  readonly compressedDamaged: Counter;
  readonly filesDeleted: Counter;
  readonly deleteFailures: Counter;
  readonly deadLetters: Counter<"code">;
  readonly tlsReloads: Counter;
  readonly tlsFailures: Counter;
  readonly connectFailures: Counter<"host">;
  readonly eventsDelivered: Counter;
  readonly eventsLeftOut: Counter;
  readonly batchesDelivered: Counter;
  readonly deliveriesRetried: Counter<"code">;
  readonly filesFound: Counter;
  readonly filesTruncated: Counter;
  readonly filesReplaced: Counter;
  readonly filesLost: Counter;
  readonly bytesLost: Counter;
  readonly readFailures: Counter;
  readonly scanFailures: Counter<"code">;
  readonly hintFailures: Counter;
  readonly registryFailures: Counter;
  /** Says where the live values come from. */
  readonly observe: (read: () => LiveValues) => void;
}

/** Makes the tailer's metrics in the registry. */
export function createMetrics(registry: Registry): Metrics {
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `gatelog_tailer_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  let read: (() => LiveValues) | undefined;
  createLiveMetrics(registry, () => read?.());
  return {
    linesRead: counter("lines_read_total", "Lines that were read, those that were read again included."),
    bytesRead: counter("read_bytes_total", "Bytes of these lines."),
    linesTruncated: counter("lines_truncated_total", "Lines over limits.lineBytesMax, which were cut and flagged."),
    linesSkipped: counter("lines_skipped_total", "Lines over limits.lineBytesMax that were skipped, as overlong says."),
    copiesRecognised: counter("copies_recognised_total", "Files that were recognised as copies of truncated or vanished ones."),
    compressedFinished: counter("compressed_finished_total", "Compressed files that were delivered to their end."),
    filesDeleted: counter("files_deleted_total", "Files that were deleted after their delivery."),
    deleteFailures: counter("delete_failures_total", "Delivered files that could not be deleted; they are tried again."),
    deadLetters: counter("dead_letters_total", "Events that the output refused for good, or that are too large for it.", ["code"]),
    tlsReloads: counter("tls_reloads_total", "Changes of certificates or keys that were taken up."),
    tlsFailures: counter("tls_failures_total", "Changes of certificates or keys that cannot be used; the former ones are."),
    connectFailures: counter("connect_failures_total", "Connections to a receiver that could not be made.", ["host"]),
    compressedDamaged: counter("compressed_damaged_total", "Compressed files that cannot be inflated to their end."),
    eventsDelivered: counter("events_delivered_total", "Events that the receiver acknowledged; dead letters are not among them."),
    eventsLeftOut: counter("events_left_out_total", "Marks of gateways, which have no place in a topic of the value seed."),
    batchesDelivered: counter("batches_delivered_total", "Batches that the receiver acknowledged."),
    deliveriesRetried: counter("deliveries_retried_total", "Attempts that failed and were repeated.", ["code"]),
    filesFound: counter("files_found_total", "Files that were found."),
    filesTruncated: counter("files_truncated_total", "Files that became shorter and were read from their beginning."),
    filesReplaced: counter("files_replaced_total", "Files with other content under a known inode."),
    filesLost: counter("files_lost_total", "Files that vanished before they were read to their end."),
    bytesLost: counter("lost_bytes_total", "Unread bytes of these files."),
    readFailures: counter("read_failures_total", "Files that could not be opened or read; they are tried again."),
    scanFailures: counter("scan_failures_total", "Directories that could not be looked at, by the system's code.", ["code"]),
    hintFailures: counter("hint_failures_total", "Failures of the kernel's notifications; polling goes on."),
    registryFailures: counter("registry_failures_total", "Registries that were damaged or could not be written."),
    observe: (source) => (read = source),
  };
}
