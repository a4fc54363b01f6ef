import { seededRandom, seedOfRun, type SeededRandom } from "@gatelog/testkit";

/** Runs a random test; when it fails, the message says with which seed it fails again. */
export async function replayable(run: (random: SeededRandom) => Promise<void>): Promise<void> {
  const seed = seedOfRun();
  try {
    await run(seededRandom(seed));
  } catch (error) {
    throw new Error(`failed with GATELOG_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
