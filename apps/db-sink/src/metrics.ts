import type { Registry } from "@gatelog/service-kit";
import { Counter, Gauge, Histogram } from "prom-client";

/** What db-sink counts. */
export interface Metrics {
  readonly messagesRead: Counter;
  readonly rowsInserted: Counter;
  readonly rowsIgnored: Counter;
  readonly rowsMended: Counter;
  readonly marksInserted: Counter;
  readonly marksSkipped: Counter;
  readonly ownRows: Counter;
  readonly mappingFaults: Counter<"column">;
  readonly transactionSeconds: Histogram;
  readonly retries: Counter;
  readonly deadLetters: Counter;
  readonly lagMessages: Gauge;
  /** Says where the number of messages in hand comes from. */
  readonly observeInFlight: (read: () => number) => void;
}

/** Registers db-sink's metrics. */
export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  let readInFlight = () => 0;
  registry.registerMetric(
    new Gauge({
      name: "gatelog_db_sink_in_flight_messages",
      help: "Messages in hand whose offset is not committed.",
      registers: [],
      collect() {
        this.set(readInFlight());
      },
    }),
  );
  const counter = (name: string, help: string) => new Counter({ name: `gatelog_db_sink_${name}_total`, help, registers });
  return {
    messagesRead: counter("messages_read", "Messages read from the topic, repeats included."),
    rowsInserted: counter("rows_inserted", "Rows really inserted into interface_log."),
    rowsIgnored: counter("rows_ignored", "Rows and marks that were in the database already."),
    rowsMended: counter(
      "rows_mended",
      "Rows with parse_error: lines that are no record, or whose values had to be mended. Repeats included.",
    ),
    marksInserted: counter("marks_inserted", "Ledger marks really inserted."),
    marksSkipped: counter("marks_skipped", "Ledger marks that are kept nowhere, since only the team's own table is written."),
    ownRows: counter("own_rows_written", "Rows handed to the team's own table; repeats included."),
    mappingFaults: new Counter({
      name: "gatelog_db_sink_mapping_faults_total",
      help: "Values for the team's own table that were cut, mended or could not be made.",
      labelNames: ["column"],
      registers,
    }),
    transactionSeconds: new Histogram({
      name: "gatelog_db_sink_transaction_seconds",
      help: "Time of one transaction that succeeded.",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    retries: counter("retries", "Pauses after the database failed."),
    deadLetters: counter("dead_letters", "Messages that the database refused for good, now in the dead-letter topic."),
    lagMessages: new Gauge({ name: "gatelog_db_sink_lag_messages", help: "Messages of the topic that are not yet stored.", registers }),
    observeInFlight: (read) => (readInFlight = read),
  };
}
