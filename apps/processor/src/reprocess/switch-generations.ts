import type { IndexGenerations } from "@gatelog/elasticsearch";
import { StartError } from "@gatelog/service-kit";
import { persevere } from "./persevere.ts";
import type { DayState, RunDirectory, RunState } from "./run-state.ts";

export interface SwitchOptions {
  readonly state: RunState;
  readonly directory: RunDirectory;
  readonly generations: IndexGenerations;
  /** Brings over what came since; `final`: while writes to the old generation are held back. */
  readonly bringOver: (day: string, state: DayState, options: { readonly final: boolean }) => Promise<void>;
}

/** A record of a day that had none may make its index at any moment, and again. */
const attemptsMax = 5;
/** A switch that does not work is looked at again with what there is then. */
const switchMsMax = 20_000;

/**
 * Lets the days' names mean the new generations, in one step.
 *
 * **Guarantee**: what is written to a day's name is in the old generation before `bringOver` reads it last, or held back and written to the new one
 * afterwards; its writer sees a transient error meanwhile. When this rejects, nothing is switched and nothing is held back any more.
 */
export async function switchGenerations(options: SwitchOptions): Promise<void> {
  const { state, directory, generations } = options;
  let isSwitched = false;
  try {
    for (let attempt = 1; !isSwitched; attempt++) isSwitched = await trySwitch(options, attempt);
  } finally {
    await letGo(state, generations);
    await directory.save(state);
  }
}

/** Writes go on into what this run held them back of. */
export async function letGo(state: RunState, generations: IndexGenerations): Promise<void> {
  for (const index of state.blocked) await persevere(`letting writes to ${index} go on`, () => generations.unblock(index));
  state.blocked = [];
}

/** The days whose names mean what the run built, by the names that it began with. */
export async function switchedDays({ days }: RunState, generations: IndexGenerations): Promise<readonly DayState[]> {
  const switched: DayState[] = [];
  for (const day of Object.values(days)) {
    const seen = await persevere(`asking for ${day.name}`, () => generations.seen(day.name));
    if (seen.includes(day.to)) switched.push(day);
  }
  return switched;
}

/** What is left to do behind the switch, also of a run that was killed there: nothing is held back, and generations of nothing are not kept. */
export async function endSwitched(state: RunState, generations: IndexGenerations): Promise<void> {
  await letGo(state, generations);
  const switched = new Set(await switchedDays(state, generations));
  for (const day of Object.values(state.days)) {
    const { from, to } = day;
    if (from !== undefined || switched.has(day)) continue;
    const { run } = await persevere(`asking for ${to}`, () => generations.identify(to));
    if (run !== state.id || (await persevere(`counting ${to}`, () => generations.count(to))) > 0) continue;
    await persevere(`removing ${to}, which is empty`, () => generations.remove([to]));
  }
  state.phase = "switched";
}

async function trySwitch(options: SwitchOptions, attempt: number): Promise<boolean> {
  const { state, generations, bringOver } = options;
  const days = Object.entries(state.days);
  for (const [day, dayState] of days) {
    // Of an attempt that the cluster did, and could not say so.
    if ((await lookAgain(options, dayState)) === dayState.to) return true;
    // So that little is left to do while writes are held back.
    await bringOver(day, dayState, { final: false });
  }
  for (const [day, dayState] of days) {
    const { from, isAlias, keptAs, bornMs } = dayState;
    if (from === undefined) continue;
    await hold(options, from);
    await bringOver(day, dayState, { final: true });
    if (!isAlias) await persevere(`keeping ${from} as ${keptAs}`, () => generations.keep(from, keptAs, bornMs));
  }
  for (const [, { to }] of days) await persevere(`asking for ${to}`, () => generations.expectOwn(to, state.id));
  const full = await daysToSwitch(options);
  try {
    await persevere("switching", () => switchOnce(full, options), switchMsMax);
    return true;
  } catch (error) {
    if (attempt >= attemptsMax) throw error;
    return false;
  }
}

/** An answer that was lost says nothing; what the names mean now does. */
async function switchOnce(full: readonly DayState[], { state, generations }: SwitchOptions): Promise<void> {
  try {
    await generations.switchAll(full);
  } catch (error) {
    if ((await switchedDays(state, generations)).length === 0) throw error;
  }
}

/** Of a day that had no index one may have been made since. Resolves with what the day's name means. */
async function lookAgain({ generations, state, directory }: SwitchOptions, dayState: DayState): Promise<string | undefined> {
  const { current, isAlias } = await persevere(`asking for ${dayState.name}`, () => generations.describeName(dayState.name));
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

/** Noted first, so that a later start knows what to let go; what somebody else holds back already stays so. */
async function hold({ state, directory, generations }: SwitchOptions, index: string): Promise<void> {
  const isHeld = await persevere(`asking for ${index}`, () => generations.isBlocked(index));
  if (!isHeld && !state.blocked.includes(index)) state.blocked.push(index);
  await directory.save(state);
  await persevere(`holding back writes to ${index}`, () => generations.block(index));
}

/** All but those of which there is nothing: their generations are not kept. */
async function daysToSwitch({ state, generations }: SwitchOptions): Promise<readonly DayState[]> {
  const full: DayState[] = [];
  for (const dayState of Object.values(state.days)) {
    const { from, to } = dayState;
    if (from !== undefined || (await persevere(`counting ${to}`, () => generations.count(to))) > 0) full.push(dayState);
  }
  return full;
}
