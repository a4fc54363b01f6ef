import { seedOfRun } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { addFigures, noFigures } from "./figures.test-helper.ts";
import { runWalks } from "./run-walks.test-helper.ts";

const walks = 200;
const atOnce = 4;

test(`random walk: ${walks} walks of writing, rotating, truncating, deleting, pausing, stopping and crashing lose nothing that is owed, invent nothing, and double only what may come again`, async () => {
  const firstSeed = seedOfRun();
  let sum = noFigures;
  const failed = await runWalks({ firstSeed, count: walks, atOnce, onWalk: (_, figures) => (sum = addFigures(sum, figures)) });
  const how = `GATELOG_SEED=${failed?.seed} replays it as the first; its files are in ${failed?.directory}\n${failed?.trace.join("\n")}`;
  expect(failed?.message, how).toBeUndefined();
  // The walks did what they are for.
  expect(sum.delivered).toBeGreaterThan(walks * 10);
  expect(sum.doubled.crashed).toBeGreaterThan(0);
  expect(sum.events.copyRecognised).toBeGreaterThan(0);
}, 300_000);
