import type { IndexGenerations } from "@gatelog/elasticsearch";
import { StartError } from "@gatelog/service-kit";
import { outputName } from "../config.ts";
import { createSource, openGenerations, type RunTools, tlsOf } from "./open-run.ts";
import { persevere } from "./persevere.ts";
import { type ReprocessPlan } from "./reprocess-plan.ts";
import type { DayState, RunState } from "./run-state.ts";
import { endSwitched, letGo, switchedDays } from "./switch-generations.ts";

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

/**
 * Gives up a run that was not done: what it built is removed, and nothing else was changed. One that had switched before it was killed is over instead.
 *
 * **Guarantee**: no index is removed that its day's name means, or that another run made. May be repeated.
 */
export async function abandonRun(tools: ManageTools, output: ReprocessPlan["output"]): Promise<void> {
  const { directory, print } = tools;
  const state = await directory.load();
  if (state === undefined) return print("no run is under way");
  const name = outputName(output);
  if (name !== state.range.output)
    throw new StartError(`reprocess: the run is of ${state.range.output}: say --output ${state.range.output}`);
  const generations = openGenerations({ output }, tlsOf(tools, { output, outputName: name }));
  try {
    if ((await switchedDays(state, generations)).length > 0) {
      await endSwitched(state, generations);
      await directory.save(state);
      await directory.end();
      return print("the run had switched already, so that it is not given up, but over; the old indices are still there");
    }
    await letGo(state, generations);
    const made = (await Promise.all(Object.values(state.days).map((day) => madeOf(day, state, generations)))).flat();
    await persevere("removing what was built", () => generations.remove(made));
    await forgetSource(tools, state);
    await directory.forget();
    for (const index of await leftOf(state, generations))
      print(`${index} is not the one that this run made, and was left as it is: remove it by hand if it is nobody's`);
    const rows = state.counts.rowsUpdated > 0 ? "; rows of the database that were made anew stay so" : "";
    print(`the run is given up; what is seen of the index was not changed${rows}`);
  } finally {
    await generations.close();
  }
}

/** What the run made of a day, and may be removed: nothing of a day that is not as the run left it. */
async function madeOf(
  { name, from, to, isAlias, keptAs }: DayState,
  { id }: RunState,
  generations: IndexGenerations,
): Promise<readonly string[]> {
  const seen = await persevere(`asking for ${name}`, () => generations.seen(name));
  const { isThere, run } = await persevere(`asking for ${to}`, () => generations.identify(to));
  const isOwn = isThere && run === id && !seen.includes(to);
  // The copy of the first one, where that itself is still there.
  const isCopy = !isAlias && from !== undefined && seen.includes(from) && !seen.includes(keptAs);
  return [...(isOwn ? [to] : []), ...(isCopy ? [keptAs] : [])];
}

/** What stands in the place of what the run made: somebody else's, or made anew by a write when that was gone. */
async function leftOf({ days }: RunState, generations: IndexGenerations): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { to } of Object.values(days))
    if ((await persevere(`asking for ${to}`, () => generations.identify(to))).isThere) left.push(to);
  return left;
}

/** A topic that left the configuration cannot be told that it is not read any more. */
async function forgetSource(tools: RunTools, { range: { source, topic }, source: position }: RunState): Promise<void> {
  try {
    const found = createSource(tools, { source, topic, files: [], registry: undefined, codec: "auto", fromMs: 0 });
    await found?.forget(position);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const { group = "gatelog-reprocess-…" } = (position as { readonly group?: string } | undefined) ?? {};
    const message = `the consumer group ${group} was left as it is, and has to be removed by hand: ${error.message}`;
    tools.reports.say({ code: "reprocess", level: "warn", message }, { source: "topic" });
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
      const old = await oldOf(day, generations);
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

/** The generations of a day that are not seen, but such as a run with another `buffer.dir` may be building now: later ones that a run made. */
async function oldOf(day: string, generations: IndexGenerations): Promise<readonly string[]> {
  const { current, isAlias, others } = await persevere(`asking for ${day}`, () => generations.describe(day));
  if (!isAlias || current === undefined) return [];
  const old: string[] = [];
  for (const index of others) {
    if (index === current) continue;
    const isLater = numberOf(index) > numberOf(current);
    const { run } = await persevere(`asking for ${index}`, () => generations.identify(index));
    if (!isLater || run === undefined) old.push(index);
  }
  return old;
}

function numberOf(generation: string): number {
  return Number(generation.slice(generation.lastIndexOf("-g") + 2));
}
