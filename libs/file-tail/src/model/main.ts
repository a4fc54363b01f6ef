import { parseArgs } from "node:util";
import { addFigures, noFigures } from "./figures.test-helper.ts";
import { type FailedWalk, runWalks } from "./run-walks.test-helper.ts";
import type { WalkFigures } from "./walk.test-helper.ts";

/** What a process of walks tells, a line of JSON each: how far it is, and the walk that failed. */
export type WalksReport =
  | { readonly type: "progress"; readonly walks: number; readonly figures: WalkFigures }
  | ({ readonly type: "failed" } & FailedWalk);

const progressMs = 2000;

/** `--seed N --count N --at-once N --failures-max N`: walks of consecutive seeds, until more than so many failed. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "1" },
      "at-once": { type: "string", default: "1" },
      "failures-max": { type: "string", default: "0" },
    },
  });
  let figures = noFigures;
  let walks = 0;
  const tell = (report: WalksReport) => process.stdout.write(`${JSON.stringify(report)}\n`);
  const timer = setInterval(() => tell({ type: "progress", walks, figures }), progressMs);
  await runWalks({
    firstSeed: Number(values.seed),
    count: Number(values.count),
    atOnce: Number(values["at-once"]),
    failuresMax: Number(values["failures-max"]),
    onWalk: (_, of) => {
      walks += 1;
      figures = addFigures(figures, of);
    },
    onFailure: (walk) => tell({ type: "failed", ...walk }),
  });
  clearInterval(timer);
  tell({ type: "progress", walks, figures });
}

await main();
