import { StartError } from "@gatelog/service-kit";
import { outputName } from "../config.ts";
import { createSource, openGenerations, type RunTools, tlsOf } from "./open-run.ts";
import { persevere } from "./persevere.ts";
import { type ReprocessPlan } from "./reprocess-plan.ts";
import type { RunState } from "./run-state.ts";

export interface ManageTools extends RunTools {
  readonly print: (line: string) => void;
  readonly isJson: boolean;
}

/** Prints what a run does, or did; also while it runs. */
export async function describeRun({ directory, print, isJson }: ManageTools): Promise<void> {
  const state = await directory.load();
  const last = state ?? (await directory.loadLast());
  const status = state === undefined ? (last === undefined ? "none" : "done") : (await directory.isLocked()) ? "running" : "interrupted";
  if (isJson) return print(JSON.stringify({ status, ...last }));
  if (last === undefined) return print("nothing was reprocessed yet");
  for (const line of linesOf(status, last)) print(line);
}

function linesOf(status: string, { range, startedAt, counts, blocked, isSourceDone }: RunState): string[] {
  const { source } = range;
  return [
    `${status}: from ${range.from} to ${range.to}, from ${source}, for ${range.output}, begun at ${startedAt}`,
    ...Object.entries(counts)
      .filter(([name]) => range.database !== undefined || !name.startsWith("rows"))
      .map(([name, count]) => `${name}: ${count}`),
    ...(source === "stored" || status === "done" ? [] : [`${source}: ${isSourceDone ? "read" : "being read"}`]),
    ...(status === "interrupted" && blocked.length > 0
      ? [`writes to ${blocked.join(", ")} are held back: start it again, or give it up with --abandon`]
      : []),
  ];
}

/** Gives up a run that was not done: what it built is removed, and nothing else was changed. */
export async function abandonRun(tools: ManageTools, output: ReprocessPlan["output"]): Promise<void> {
  const { directory, print } = tools;
  const state = await directory.load();
  if (state === undefined) return print("no run is under way");
  const name = outputName(output);
  if (name !== state.range.output)
    throw new StartError(`reprocess: the run is of ${state.range.output}: say --output ${state.range.output}`);
  const generations = openGenerations({ output }, tlsOf(tools, { output, outputName: name }));
  try {
    const isSeen = new Set<string>();
    for (const day of Object.keys(state.days)) {
      const { current } = await persevere(`asking for ${day}`, () => generations.describe(day));
      if (current !== undefined) isSeen.add(current);
    }
    const all = Object.values(state.days);
    if (all.some(({ to }) => isSeen.has(to)))
      throw new StartError("reprocess: the run has switched already: start it once more and it ends");
    for (const index of state.blocked) await persevere(`letting writes to ${index} go on`, () => generations.unblock(index));
    const made = all.flatMap(({ to, keptAs, isAlias, from }) => (isAlias || from === undefined ? [to] : [to, keptAs]));
    await persevere("removing what was built", () => generations.remove(made));
    const { source, topic } = state.range;
    const found = createSource(tools, { source, topic, files: [], registry: undefined, codec: "auto", fromMs: 0 });
    await found?.forget(state.source);
    await directory.forget();
    const rows = state.counts.rowsUpdated > 0 ? "; rows of the database that were made anew stay so" : "";
    print(`the run is given up; what is seen of the index was not changed${rows}`);
  } finally {
    await generations.close();
  }
}

/** Removes all generations of the days but the ones that are seen. */
export async function removeOld(tools: ManageTools, plan: ReprocessPlan): Promise<void> {
  const { directory, print, isJson } = tools;
  if ((await directory.load()) !== undefined) throw new StartError("reprocess: a run is not done: end it before old indices are removed");
  const generations = openGenerations(plan, tlsOf(tools, plan));
  try {
    const removed: string[] = [];
    for (const day of plan.days) {
      const { current, isAlias, others } = await persevere(`asking for ${day}`, () => generations.describe(day));
      if (!isAlias) continue;
      const old = others.filter((index) => index !== current);
      await persevere(`removing ${old.join(", ")}`, () => generations.remove(old));
      removed.push(...old);
    }
    if (isJson) return print(JSON.stringify({ removed }));
    for (const index of removed) print(`${index} removed`);
    print(`${removed.length} old indices removed`);
  } finally {
    await generations.close();
  }
}
