import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "@gatelog/start";
import type { SeededRandom } from "@gatelog/testkit";
import type { Pipeline } from "./pipeline.ts";

/** The stages that are killed, and the metrics that say how much each holds that it has not acknowledged, or its output not taken. */
export const victims: readonly { readonly stage: Stage; readonly inFlight: readonly string[] }[] = [
  { stage: "tailer", inFlight: ["gatelog_tailer_events_in_flight"] },
  { stage: "processor", inFlight: ["gatelog_processor_input_in_flight_bytes", "gatelog_processor_output_lag_events"] },
  { stage: "db-sink", inFlight: ["gatelog_db_sink_in_flight_messages"] },
];

/** How often each stage was killed, and how often it held unacknowledged work at that moment. */
export type KillCounts = Record<string, { kills: number; hits: number }>;

/**
 * Kills the victims in turn with SIGKILL at seeded moments and starts them again at once, `rounds` times each.
 * A kill counts as a hit when the victim itself said, a moment before, that it held unacknowledged work.
 */
export async function killInTurn(pipeline: Pipeline, random: SeededRandom, rounds: number): Promise<KillCounts> {
  const counts: KillCounts = Object.fromEntries(victims.map(({ stage }) => [stage, { kills: 0, hits: 0 }]));
  for (let round = 0; round < rounds; round++) {
    for (const { stage, inFlight } of victims) {
      await pipeline.ready(stage);
      await sleep(random.integer(0, 300));
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
