import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "@gatelog/start";
import { waitFor, type SeededRandom } from "@gatelog/testkit";
import type { Pipeline } from "./pipeline.ts";

/** A stage that is killed. */
export interface Victim {
  readonly stage: Stage;
  /** Counts from 0 at every start: above 0 it is at work again. */
  readonly worked: string;
  /** What it holds that it has not acknowledged, or that its output has not taken. */
  readonly inFlight: readonly string[];
}

/** The stages that are killed, in turn. */
export const victims: readonly Victim[] = [
  { stage: "tailer", worked: "gatelog_tailer_lines_read_total", inFlight: ["gatelog_tailer_events_in_flight"] },
  {
    stage: "processor",
    worked: "gatelog_processor_events_received_total",
    inFlight: ["gatelog_processor_input_in_flight_bytes", "gatelog_processor_output_lag_events"],
  },
  { stage: "db-sink", worked: "gatelog_db_sink_messages_read_total", inFlight: ["gatelog_db_sink_in_flight_messages"] },
];

/** How often each stage was killed, and how often it held unacknowledged work at that moment. */
export type KillCounts = Record<string, { kills: number; hits: number }>;

/**
 * Kills the victims in turn with SIGKILL and starts them again at once, `rounds` times each. The moments are seeded: after so
 * many lines, events or messages since the victim's start, and a few milliseconds.
 * A kill counts as a hit when the victim itself said, a moment before, that it held unacknowledged work.
 */
export async function killInTurn(pipeline: Pipeline, random: SeededRandom, rounds: number): Promise<KillCounts> {
  const counts: KillCounts = Object.fromEntries(victims.map(({ stage }) => [stage, { kills: 0, hits: 0 }]));
  for (let round = 0; round < rounds; round++) {
    for (const { stage, worked, inFlight } of victims) {
      await pipeline.ready(stage);
      const amount = random.integer(1, 200);
      const worksSoMuch = async () => (await pipeline.metric(stage, worked)) >= amount;
      await waitFor(worksSoMuch, { deadlineMs: 60_000, intervalMs: 5, what: `${stage} to do ${amount} since its start` });
      await sleep(random.integer(0, 30));
      const held = await pipeline.metric(stage, ...inFlight);
      await pipeline.process(stage).kill();
      const count = counts[stage] as KillCounts[string];
      count.kills += 1;
      if (held > 0) count.hits += 1;
      pipeline.launch(stage);
    }
  }
  for (const { stage } of victims) await pipeline.ready(stage);
  return counts;
}
