import type { Registry } from "@gatelog/service-kit";
import { Counter, Gauge } from "prom-client";

/** Values that are read when somebody asks for the metrics. */
export interface LiveValues {
  readonly files: number;
  readonly openFiles: number;
  readonly backlogBytes: number;
  readonly inFlightEvents: number;
  readonly isOutputReady: boolean;
  readonly deletedOpenFiles: number;
  readonly deletedOpenBytes: number;
  readonly pendingCopies: number;
  readonly looseGenerations: number;
  readonly scans: number;
  readonly lines: { readonly excluded: number; readonly undecodable: number; readonly unparsed: number };
}

/** The tailer's metrics. */
export interface Metrics {
  readonly linesRead: Counter;
  readonly bytesRead: Counter;
  readonly linesTruncated: Counter;
  readonly linesSkipped: Counter;
  readonly copiesRecognised: Counter;
  readonly compressedFinished: Counter;
  readonly filesDeleted: Counter;
  readonly deleteFailures: Counter;
  readonly deadLetters: Counter<"code">;
  readonly tlsReloads: Counter;
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
  /** What somebody else counts. */
  const counted = (name: string, help: string, value: (live: LiveValues) => number) =>
    new Counter({
      name: `gatelog_tailer_${name}`,
      help,
      registers: [registry],
      collect() {
        if (read === undefined) return;
        this.reset();
        this.inc(value(read()));
      },
    });
  gauge("files", "Files that the inputs name.", (live) => live.files);
  gauge("open_files", "Files that are open.", (live) => live.openFiles);
  gauge("backlog_bytes", "Bytes on disk that are not acknowledged.", (live) => live.backlogBytes);
  gauge("events_in_flight", "Events that were read and are not acknowledged.", (live) => live.inFlightEvents);
  gauge("output_ready", "1 while the output takes events.", (live) => Number(live.isOutputReady));
  gauge("deleted_open_files", "Deleted files that are held open until they are delivered.", (live) => live.deletedOpenFiles);
  gauge("deleted_open_bytes", "Bytes of these files, which the disk has not got back.", (live) => live.deletedOpenBytes);
  gauge("pending_copies", "Files that may be copies of others and wait to see what becomes of those.", (live) => live.pendingCopies);
  gauge("loose_generations", "Files that were truncated or vanished and may be found again in a copy.", (live) => live.looseGenerations);
  counted("scans_total", "Complete looks at all directories.", (live) => live.scans);
  counted("lines_excluded_total", "Lines that includeLines, excludeLines or the stream of a container parser left out.", (live) => live.lines.excluded);
  counted(
    "lines_undecodable_total",
    "Lines with bytes that are not of their encoding; they hold U+FFFD there.",
    (live) => live.lines.undecodable,
  );
  counted("lines_unparsed_total", "Lines that a parser could not read; they were sent as they are.", (live) => live.lines.unparsed);
  return {
    linesRead: counter("lines_read_total", "Lines that were read, those that were read again included."),
    bytesRead: counter("read_bytes_total", "Bytes of these lines."),
    linesTruncated: counter("lines_truncated_total", "Lines over limits.lineBytesMax, which were cut and flagged."),
    linesSkipped: counter("lines_skipped_total", "Lines over limits.lineBytesMax that were skipped, as overlong says."),
    copiesRecognised: counter("copies_recognised_total", "Files that were recognised as copies of truncated or vanished ones."),
    compressedFinished: counter("compressed_finished_total", "Compressed files that were delivered to their end."),
    filesDeleted: counter("files_deleted_total", "Files that were deleted after their delivery."),
    deleteFailures: counter("delete_failures_total", "Delivered files that could not be deleted; they are tried again."),
    deadLetters: counter("dead_letters_total", "Events that the output refused for good.", ["code"]),
    tlsReloads: counter("tls_reloads_total", "Changes of certificates or keys that were taken up."),
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
