import type { Stage } from "@gatelog/start";
import { waitFor, type SeededRandom } from "@gatelog/testkit";
import type { Pipeline } from "./pipeline.ts";

/** A stage that is killed. */
export interface Victim {
  readonly stage: Stage;
  /** Counts what it does. */
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
 * many more lines, events or messages.
 * A kill counts as a hit when the victim itself said, a moment before, that it held unacknowledged work.
 */
export async function killInTurn(pipeline: Pipeline, random: SeededRandom, rounds: number): Promise<KillCounts> {
  const counts: KillCounts = Object.fromEntries(victims.map(({ stage }) => [stage, { kills: 0, hits: 0 }]));
  for (let round = 0; round < rounds; round++) {
    for (const victim of victims) {
      const { stage } = victim;
      await pipeline.ready(stage);
      const held = await heldAfter(pipeline, victim, random.integer(1, 200));
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

/** Waits until the victim has done so much from now on; returns what it held at that moment. */
async function heldAfter(pipeline: Pipeline, { stage, worked, inFlight }: Victim, amount: number): Promise<number> {
  const before = (await pipeline.metrics(stage)).get(worked) ?? 0;
  const look = async () => {
    const metrics = await pipeline.metrics(stage);
    if ((metrics.get(worked) ?? 0) < before + amount) return undefined;
    return { held: inFlight.reduce((sum, name) => sum + (metrics.get(name) ?? 0), 0) };
  };
  const { held } = await waitFor(look, { deadlineMs: 60_000, intervalMs: 2, what: `${stage} to do ${amount} more` });
  return held;
}
