import { seedOfRun } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { addFigures, noFigures } from "./figures.test-helper.ts";
import { runWalks } from "./run-walks.test-helper.ts";
import type { WalkFigures } from "./walk.test-helper.ts";

const walks = 200;
const atOnce = 4;

test(`random walk: ${walks} walks of writing, rotating, truncating, deleting, pausing, stopping and crashing lose nothing that is owed, invent nothing, and double only what may come again`, async () => {
  const firstSeed = seedOfRun();
  let sum = noFigures;
  const onWalk = (_: number, figures: WalkFigures) => (sum = addFigures(sum, figures));
  const failed = await runWalks({ firstSeed, count: walks, atOnce, onWalk });
  for (const { seed, message, directory } of failed)
    process.stdout.write(`walk ${seed} (GATELOG_SEED replays it; files in ${directory}): ${message}\n`);
  const [first] = failed;
  expect(failed.length, `${first?.message}\n${first?.trace.join("\n")}`).toBe(0);
  // The walks did what they are for.
  expect(sum.delivered).toBeGreaterThan(walks * 10);
  expect(sum.doubled.crashed).toBeGreaterThan(0);
  expect(sum.events.copyRecognised).toBeGreaterThan(0);
}, 300_000);
