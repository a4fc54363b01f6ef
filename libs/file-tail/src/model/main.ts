import { parseArgs } from "node:util";
import { addFigures, noFigures } from "./figures.test-helper.ts";
import { type FailedWalk, runWalks } from "./run-walks.test-helper.ts";
import type { WalkFigures } from "./walk.test-helper.ts";

/** What a process of walks tells, a line of JSON each: how far it is, and the walk that failed. */
export type WalksReport =
  | { readonly type: "progress"; readonly walks: number; readonly figures: WalkFigures }
  | ({ readonly type: "failed" } & FailedWalk);

const progressMs = 2000;

/** `--seed N --count N --at-once N`: walks of consecutive seeds, until one fails. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "1" },
      "at-once": { type: "string", default: "1" },
    },
  });
  let figures = noFigures;
  let walks = 0;
  const tell = (report: WalksReport) => process.stdout.write(`${JSON.stringify(report)}\n`);
  const timer = setInterval(() => tell({ type: "progress", walks, figures }), progressMs);
  const [failed] = await runWalks({
    firstSeed: Number(values.seed),
    count: Number(values.count),
    atOnce: Number(values["at-once"]),
    onWalk: (_, of) => {
      walks += 1;
      figures = addFigures(figures, of);
    },
  });
  clearInterval(timer);
  tell({ type: "progress", walks, figures });
  if (failed !== undefined) tell({ type: "failed", ...failed });
}

await main();
