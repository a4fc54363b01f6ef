import type { IndexGenerations } from "@gatelog/elasticsearch";
import { StartError } from "@gatelog/service-kit";
import { persevere } from "./persevere.ts";
import type { DayState, RunDirectory, RunState } from "./run-state.ts";

export interface SwitchOptions {
  readonly state: RunState;
  readonly directory: RunDirectory;
  readonly generations: IndexGenerations;
  /** Brings over what came since, while writes to the old generation are held back. */
  readonly beforeSwitch: (day: string, state: DayState) => Promise<void>;
}

/** A record of a day that had none may make its index at any moment, and again. */
const attemptsMax = 5;
/** A switch that does not work is looked at again with what there is then. */
const switchMsMax = 20_000;

/**
 * Lets the days' names mean the new generations, in one step.
 *
 * **Guarantee**: what is written to a day's name is in the old generation before `beforeSwitch` reads it, or held back and written to the new one
 * afterwards; its writer sees a transient error meanwhile. When this rejects, nothing is switched and nothing is held back any more.
 */
export async function switchGenerations(options: SwitchOptions): Promise<void> {
  const { state, directory, generations } = options;
  let isSwitched = false;
  try {
    for (let attempt = 1; !isSwitched; attempt++) isSwitched = await trySwitch(options, attempt);
  } finally {
    if (!isSwitched)
      for (const index of state.blocked) await persevere(`letting writes to ${index} go on`, () => generations.unblock(index));
    state.blocked = [];
    await directory.save(state);
  }
}

async function trySwitch(options: SwitchOptions, attempt: number): Promise<boolean> {
  const { state, generations, beforeSwitch } = options;
  for (const [day, dayState] of Object.entries(state.days)) {
    // Of an attempt that the cluster did, and could not say so.
    if ((await lookAgain(options, day, dayState)) === dayState.to) return true;
    if (dayState.from === undefined) continue;
    await hold(options, dayState.from);
    await beforeSwitch(day, dayState);
    const { from, isAlias, keptAs, bornMs } = dayState;
    if (!isAlias) await persevere(`keeping ${from} as ${keptAs}`, () => generations.keep(from, keptAs, bornMs));
  }
  const { full, empty } = await countAll(options);
  try {
    await persevere("switching", () => generations.switchAll(full), switchMsMax);
    await persevere("removing empty generations", () => generations.remove(empty));
    return true;
  } catch (error) {
    if (attempt >= attemptsMax) throw error;
    return false;
  }
}

/** Of a day that had no index one may have been made since. Resolves with what the day's name means. */
async function lookAgain({ generations, state, directory }: SwitchOptions, day: string, dayState: DayState): Promise<string | undefined> {
  const { current, isAlias } = await persevere(`asking for ${day}`, () => generations.describe(day));
  if (current === dayState.from || current === dayState.to) return current;
  if (dayState.from !== undefined)
    throw new StartError(
      `reprocess: ${dayState.name} is another index than it was when this run began: give the run up with --abandon, and begin again`,
    );
  dayState.from = current;
  dayState.isAlias = isAlias;
  await directory.save(state);
  return current;
}

/** Noted first, so that a later start knows what to let go. */
async function hold({ state, directory, generations }: SwitchOptions, index: string): Promise<void> {
  if (!state.blocked.includes(index)) state.blocked.push(index);
  await directory.save(state);
  await persevere(`holding back writes to ${index}`, () => generations.block(index));
}

/** A generation of a day of which there is nothing is not kept. */
async function countAll({ state, generations }: SwitchOptions): Promise<{ readonly full: DayState[]; readonly empty: string[] }> {
  const full: DayState[] = [];
  const empty: string[] = [];
  for (const dayState of Object.values(state.days)) {
    const { from, to } = dayState;
    if (from !== undefined || (await persevere(`counting ${to}`, () => generations.count(to))) > 0) full.push(dayState);
    else empty.push(to);
  }
  return { full, empty };
}
