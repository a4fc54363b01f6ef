import type { Registry } from "@gatelog/service-kit";
import { Counter, Gauge } from "prom-client";
import { AllCallCounts, registerCallMetrics } from "./call-counts.ts";

/** What gauges read when they are scraped. */
export interface GaugeSources {
  readonly inFlight: () => number;
  readonly connections: () => number;
  readonly pendingBytes: () => number;
  readonly freeBytes: () => number;
  readonly routes: () => number;
}

/** The gateway's metrics, all named `gatelog_gateway_…`. */
export function createMetrics(registry: Registry, sources: GaugeSources = noSources) {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number, aggregator: "sum" | "max" | "min" = "sum") =>
    new Gauge({
      name: `gatelog_gateway_${name}`,
      help,
      registers,
      aggregator,
      collect() {
        this.set(read());
      },
    });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `gatelog_gateway_${name}`, help, labelNames, registers });
  gauge("calls_in_flight", "Calls that have arrived and not ended.", sources.inFlight);
  gauge("connections", "Connections of clients.", sources.connections);
  gauge("log_pending_bytes", "Bytes of records that wait for the disk.", sources.pendingBytes);
  // Not summed: all workers have the same disk, and the same routes.
  gauge("log_disk_free_bytes", "Free space of the disk of log.dir.", sources.freeBytes, "min");
  gauge("routes", "Routes in force.", sources.routes, "max");
  const callCounts = new AllCallCounts();
  registerCallMetrics(registry, callCounts);
  return {
    /** Counted by CallMetrics; they make the metrics of calls. */
    callCounts,
    failures: counter("calls_failed_total", "Calls that the gateway refused or that failed on their way, by error code.", ["code"]),
    connectionsDropped: counter("connections_dropped_total", "Connections closed at once, because there were limits.connectionsMax."),
    logBytes: counter("log_written_bytes_total", "Bytes written to log files."),
    logRecords: counter("log_records_written_total", "Records and marks written to log files."),
    logFailures: counter("log_write_failures_total", "Writes and fsyncs that the disk refused; each is tried again."),
    logSyncFailures: counter("log_sync_failures_total", "Log files that could not be synced when they were left for the next one."),
    logFiles: counter("log_files_opened_total", "Log files begun, by reason.", ["reason"]),
    logFilesCompressed: counter("log_files_compressed_total", "Closed log files that were compressed, or could not be.", ["result"]),
    spaceChanges: counter("log_space_changes_total", "Times that the free space of log.dir passed log.freeBytesMin or half of it.", [
      "pressure",
    ]),
    bodiesShed: counter(
      "log_bodies_shed_total",
      "Records written without bodies, because too much waited for the disk or too little of it was free.",
    ),
    bodiesCut: counter("bodies_cut_for_memory_total", "Bodies of which less was kept, because capture.memoryBytesMax was used up."),
    recordsDropped: counter("log_records_dropped_total", "Records lost, because log.pendingBytesMax waited for the disk."),
    reloads: counter("routes_reloads_total", "Routes files that were loaded, removed or refused.", ["result"]),
  };
}

/** The gateway's metrics. */
export type Metrics = ReturnType<typeof createMetrics>;

const zero = () => 0;
const noSources: GaugeSources = { inFlight: zero, connections: zero, pendingBytes: zero, freeBytes: zero, routes: zero };
