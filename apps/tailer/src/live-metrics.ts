import type { Registry } from "@gatelog/service-kit";
import { Counter, Gauge } from "prom-client";

/** Values that are read when somebody asks for the metrics. */
export interface LiveValues {
  readonly files: number;
  readonly openFiles: number;
  readonly backlogBytes: number;
  readonly inFlightEvents: number;
  readonly oldestInFlightMs: number;
  readonly isOutputReady: boolean;
  readonly isStalled: boolean;
  /** Receivers, where the output has several. */
  readonly hosts: readonly { readonly host: string; readonly connected: boolean }[];
  readonly deletedOpenFiles: number;
  readonly deletedOpenBytes: number;
  readonly pendingCopies: number;
  readonly waitingFiles: number;
  readonly looseGenerations: number;
  readonly scans: number;
  readonly lines: { readonly excluded: number; readonly undecodable: number; readonly unparsed: number };
}

/** Makes the metrics of values that somebody else holds; `read` gets them, once they are there. */
export function createLiveMetrics(registry: Registry, read: () => LiveValues | undefined): void {
  const gauge = (name: string, help: string, value: (live: LiveValues) => number) =>
    new Gauge({
      name: `gatelog_tailer_${name}`,
      help,
      registers: [registry],
      collect() {
        const live = read();
        if (live !== undefined) this.set(value(live));
      },
    });
  /** What somebody else counts. */
  const counted = (name: string, help: string, value: (live: LiveValues) => number) =>
    new Counter({
      name: `gatelog_tailer_${name}`,
      help,
      registers: [registry],
      collect() {
        const live = read();
        if (live === undefined) return;
        this.reset();
        this.inc(value(live));
      },
    });
  gauge("files", "Files that the inputs name.", (live) => live.files);
  gauge("open_files", "Files that are open.", (live) => live.openFiles);
  gauge("backlog_bytes", "Bytes on disk that are not acknowledged.", (live) => live.backlogBytes);
  gauge("events_in_flight", "Events that were read and are not acknowledged.", (live) => live.inFlightEvents);
  gauge("output_ready", "1 while the output takes events.", (live) => Number(live.isOutputReady));
  gauge("oldest_in_flight_seconds", "How long the oldest of these events has been waiting.", (live) => live.oldestInFlightMs / 1000);
  gauge("stalled", "1 while nothing is acknowledged or looked at for stallMs.", (live) => Number(live.isStalled));
  gauge("deleted_open_files", "Deleted files that are held open until they are delivered.", (live) => live.deletedOpenFiles);
  gauge("deleted_open_bytes", "Bytes of these files, which the disk has not got back.", (live) => live.deletedOpenBytes);
  gauge("waiting_files", "Files that were found and are not read, for limits.filesMax is reached.", (live) => live.waitingFiles);
  gauge("pending_copies", "Files that may be copies of others and wait to see what becomes of those.", (live) => live.pendingCopies);
  gauge("loose_generations", "Files that were truncated or vanished and may be found again in a copy.", (live) => live.looseGenerations);
  counted("scans_total", "Complete looks at all directories.", (live) => live.scans);
  counted(
    "lines_excluded_total",
    "Lines that includeLines, excludeLines or the stream of a container parser left out.",
    (live) => live.lines.excluded,
  );
  counted(
    "lines_undecodable_total",
    "Lines with bytes that are not of their encoding; they hold U+FFFD there.",
    (live) => live.lines.undecodable,
  );
  counted("lines_unparsed_total", "Lines that a parser could not read; they were sent as they are.", (live) => live.lines.unparsed);
  hostGauge(registry, () => read()?.hosts ?? []);
}

function hostGauge(registry: Registry, hosts: () => LiveValues["hosts"]): Gauge<"host"> {
  return new Gauge({
    name: "gatelog_tailer_host_connected",
    help: "1 while the tailer is connected to this receiver.",
    labelNames: ["host"],
    registers: [registry],
    collect() {
      for (const { host, connected } of hosts()) this.set({ host }, Number(connected));
    },
  });
}
