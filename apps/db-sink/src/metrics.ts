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
  readonly rowsLate: Counter;
  readonly upkeepDeleted: Counter;
  readonly upkeepPartitions: Counter;
  readonly upkeepAt: Gauge;
  readonly retries: Counter;
  readonly deadLetters: Counter;
  readonly lagMessages: Gauge;
  readonly lagSeconds: Gauge;
  /** Says where the state of the delivery comes from. */
  readonly observe: (delivery: DeliveryState) => void;
}

/** What is asked whenever somebody reads the metrics. */
export interface DeliveryState {
  /** Messages in hand. */
  readonly inFlight: number;
  /** Rows that the next transaction may have. */
  readonly rowsNow: number;
  readonly isHeldBack: boolean;
}

/** Registers db-sink's metrics. */
export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  let state: DeliveryState = { inFlight: 0, rowsNow: 0, isHeldBack: false };
  const observed = (name: string, help: string, read: () => number) =>
    registry.registerMetric(
      new Gauge({
        name: `gatelog_db_sink_${name}`,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  observed("in_flight_messages", "Messages in hand whose offset is not committed.", () => state.inFlight);
  observed("transaction_rows_max", "Rows that the next transaction may have, by the latency target and the limits.", () => state.rowsNow);
  observed("held_back", "1 while messages wait because of limits.rowsPerSecondMax or the quiet hours.", () => Number(state.isHeldBack));
  const counter = (name: string, help: string) => new Counter({ name: `gatelog_db_sink_${name}_total`, help, registers });
  return {
    messagesRead: counter("messages_read", "Messages read from the topic, repeats included."),
    rowsInserted: counter("rows_inserted", "Rows really inserted into interface_log."),
    rowsIgnored: counter("rows_ignored", "Rows and marks that were in the database already."),
    rowsMended: counter(
      "rows_mended",
      "Rows with parse_error: lines that are no record, or whose values had to be mended. Repeats included.",
    ),
    rowsLate: counter("rows_late", "Rows inserted that were older than retention.metadataDays already; they go with the next upkeep."),
    upkeepDeleted: new Counter({
      name: "gatelog_db_sink_upkeep_deleted_rows_total",
      help: "Rows that upkeep deleted, by table and by reason: retention, project (a retention of its own), undated. Partitions that were dropped are not counted by row.",
      labelNames: ["table", "reason"],
      registers,
    }),
    upkeepPartitions: new Counter({
      name: "gatelog_db_sink_upkeep_partitions_total",
      help: "Partitions that upkeep created (and indexes of partitions) or dropped.",
      labelNames: ["action"],
      registers,
    }),
    upkeepAt: new Gauge({
      name: "gatelog_db_sink_upkeep_last_success_timestamp_seconds",
      help: "When this process last ended the upkeep; 0 while it did not.",
      registers,
    }),
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
    retries: new Counter({
      name: "gatelog_db_sink_retries_total",
      help: "Pauses after the database failed, by reason: deadlock, timeout, connection, refused (paused) or other; dead_letters: after the dead-letter topic failed.",
      labelNames: ["reason"],
      registers,
    }),
    deadLetters: counter("dead_letters", "Messages that the database refused for good, now in the dead-letter topic."),
    lagMessages: new Gauge({
      name: "gatelog_db_sink_lag_messages",
      help: "Messages of the partition that the group has not stored yet.",
      labelNames: ["topic", "partition"],
      registers,
    }),
    lagSeconds: new Gauge({
      name: "gatelog_db_sink_lag_seconds",
      help: "Age of the newest record that this process stored of the partition, while messages wait in it; 0 when none does.",
      labelNames: ["topic", "partition"],
      registers,
    }),
    observe: (delivery) => (state = delivery),
  };
}
