import type { SeededRandom } from "@gatelog/testkit";
import type { Layout } from "./walk-plan.test-helper.ts";
import type { Walk } from "./walk.test-helper.ts";

/** One step of a walk: what it does, and how often it is chosen beside the others. */
interface Operation {
  readonly weight: number;
  readonly run: (walk: Walk, random: SeededRandom) => Promise<void> | void;
}

const rotationsKept = 3;
const outside = ".off";
const compressed = ".gz";

/** The steps that a walk is made of. All that they draw follows from the seed and from what was done before, never from time. */
export const operations = {
  write: { weight: 7, run: (walk, random) => walk.tree.write(active(walk, random), random.integer(1, random.next() < 0.1 ? 300 : 50)) },
  writePart: {
    weight: 3,
    run: (walk, random) => walk.tree.write(active(walk, random), random.integer(0, 3), random.next()),
  },
  writeLate: { weight: 1, run: writeLate },
  rotate: { weight: 3, run: rotate },
  copytruncate: { weight: 3, run: copytruncate },
  truncate: { weight: 1, run: truncate },
  overwrite: { weight: 1, run: overwrite },
  shorten: { weight: 0.5, run: shorten },
  replace: { weight: 1, run: replace },
  remove: { weight: 2, run: remove },
  moveOut: { weight: 0.7, run: moveOut },
  moveBack: { weight: 1, run: moveBack },
  switchLink: { weight: 3, run: switchLink },
  compress: { weight: 2, run: compress },
  idle: { weight: 2, run: (walk, random) => walk.idle(random.integer(1, 4)) },
  pause: { weight: 2, run: (walk) => walk.receiver.pause() },
  resume: { weight: 2, run: (walk) => walk.receiver.resume() },
  slow: { weight: 1, run: (walk) => walk.receiver.beSlow() },
  reject: { weight: 1, run: (walk, random) => walk.receiver.reject(random.integer(1, 2)) },
  arrive: { weight: 1, run: (walk) => walk.everythingArrives() },
  crash: { weight: 2, run: (walk) => walk.crash() },
  stop: { weight: 1.5, run: (walk) => walk.stop() },
  start: { weight: 4, run: (walk) => walk.start() },
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

const names = Object.keys(operations) as OperationName[];
const weights = names.map((name) => operations[name].weight);
const weightOfAll = weights.reduce((sum, weight) => sum + weight, 0);

/** Draws the next step. */
export function drawOperation(random: SeededRandom): OperationName {
  let at = random.next() * weightOfAll;
  for (const [index, name] of names.entries()) {
    at -= weights[index] ?? 0;
    if (at < 0) return name;
  }
  return "write";
}

/** In half of the cases everything arrives before what makes lines unreachable, so that all of them are owed. */
async function perhapsArrive(walk: Walk, random: SeededRandom): Promise<void> {
  if (random.next() < 0.5) await walk.everythingArrives();
}

function active(walk: Walk, random: SeededRandom): string {
  return random.pick(walk.plan.layout.actives);
}

/** A plain file that is written to, if there is one. */
function plainActive(walk: Walk, random: SeededRandom): string | undefined {
  const path = active(walk, random);
  return walk.tree.has(path) && !walk.tree.isLink(path) ? path : undefined;
}

function rotatedOf(walk: Walk, random: SeededRandom): string | undefined {
  const paths = walk.tree.paths.filter((path) => !walk.plan.layout.actives.includes(path) && isPlain(path));
  return paths.length === 0 ? undefined : random.pick(paths);
}

/** Files of which every line is what it says. */
function isPlain(path: string): boolean {
  return !path.startsWith("..") && !path.endsWith(compressed);
}

/** A rotated file, as gzip does it. */
async function compress(walk: Walk, random: SeededRandom): Promise<void> {
  const path = rotatedOf(walk, random);
  if (path === undefined || path.endsWith(outside) || walk.tree.has(path + compressed)) return;
  await perhapsArrive(walk, random);
  await walk.tree.compress(path, random.next() < 0.3);
}

/** To a rotated file, by a writer that was not told. */
async function writeLate(walk: Walk, random: SeededRandom): Promise<void> {
  const path = rotatedOf(walk, random);
  if (path !== undefined && !walk.tree.isCopy(path)) await walk.tree.write(path, random.integer(1, 10));
}

async function rotate(walk: Walk, random: SeededRandom): Promise<void> {
  const path = plainActive(walk, random);
  if (path === undefined) return;
  if (random.next() < 0.5) await walk.tree.write(path, 1);
  const to = await freeRotatedName(walk, path, random);
  if (!walk.tree.isMatched(to)) await perhapsArrive(walk, random);
  await walk.tree.rename(path, to);
  if (random.next() < 0.5) await walk.tree.write(path, random.integer(0, 20));
}

/** The name for a rotated file; where numbers are shifted, the last one is deleted. */
async function freeRotatedName(walk: Walk, path: string, random: SeededRandom): Promise<string> {
  const { layout } = walk.plan;
  if (!layout.shifts) return layout.rotated(path, walk.nextRotation());
  for (const end of ["", compressed]) {
    const last = `${path}.${rotationsKept}${end}`;
    if (walk.tree.has(last)) {
      await perhapsArrive(walk, random);
      await walk.tree.remove(last);
    }
    for (let n = rotationsKept - 1; n >= 1; n -= 1) await shift(walk, `${path}.${n}${end}`, `${path}.${n + 1}${end}`);
  }
  return layout.rotated(path, 1);
}

async function shift(walk: Walk, from: string, to: string): Promise<void> {
  if (walk.tree.has(from)) await walk.tree.rename(from, to);
}

/** A copy is made, the writer goes on, and then the file is truncated. */
async function copytruncate(walk: Walk, random: SeededRandom): Promise<void> {
  const path = plainActive(walk, random);
  if (path === undefined) return;
  if (random.next() < 0.3) await walk.everythingArrives();
  const to = await freeRotatedName(walk, path, random);
  await walk.tree.copy(path, to, random.next() < 0.2);
  if (random.next() < 0.4) await walk.tree.write(path, random.integer(1, 5));
  if (random.next() < 0.3) await walk.everythingArrives();
  if (random.next() < 0.2) await walk.idle(1);
  await walk.tree.truncate(path);
  if (random.next() < 0.7) await walk.tree.write(path, random.integer(1, 60));
}

async function truncate(walk: Walk, random: SeededRandom): Promise<void> {
  const path = active(walk, random);
  if (!walk.tree.has(path)) return;
  await perhapsArrive(walk, random);
  await walk.tree.truncate(path);
  if (random.next() < 0.7) await walk.tree.write(path, random.integer(1, 60));
}

async function overwrite(walk: Walk, random: SeededRandom): Promise<void> {
  const path = active(walk, random);
  if (!walk.tree.has(path)) return;
  await perhapsArrive(walk, random);
  await walk.tree.overwrite(path);
}

async function shorten(walk: Walk, random: SeededRandom): Promise<void> {
  const path = plainActive(walk, random);
  if (path === undefined || walk.tree.linesOf(path).length === 0) return;
  await perhapsArrive(walk, random);
  const kept = random.integer(0, walk.tree.linesOf(path).length - 1);
  walk.ledger.permit(walk.tree.linesOf(path).slice(0, kept), "shortened");
  await walk.tree.truncate(path, kept);
}

async function replace(walk: Walk, random: SeededRandom): Promise<void> {
  const path = plainActive(walk, random);
  if (path === undefined) return;
  await perhapsArrive(walk, random);
  await walk.tree.replace(path, random.integer(1, 20));
}

async function remove(walk: Walk, random: SeededRandom): Promise<void> {
  const paths = walk.tree.paths.filter((path) => !path.startsWith(".."));
  if (paths.length === 0) return;
  await perhapsArrive(walk, random);
  const path = random.pick(paths);
  await walk.tree.remove(path);
  if (random.next() < 0.3 && isPlain(path)) await walk.tree.write(path, random.integer(0, 20));
}

/** To a name that no glob matches, or, in some layouts, to one more that they do. */
async function moveOut(walk: Walk, random: SeededRandom): Promise<void> {
  const paths = walk.tree.paths.filter((path) => isPlain(path) && !path.endsWith(outside));
  const path = paths.length === 0 ? undefined : random.pick(paths);
  if (path === undefined || walk.tree.has(path + outside)) return;
  await perhapsArrive(walk, random);
  await walk.tree.rename(path, path + outside);
}

async function moveBack(walk: Walk, random: SeededRandom): Promise<void> {
  const paths = walk.tree.paths.filter((path) => path.endsWith(outside) && !walk.tree.has(path.slice(0, -outside.length)));
  if (paths.length === 0) return;
  const path = random.pick(paths);
  await walk.tree.rename(path, path.slice(0, -outside.length));
}

async function switchLink(walk: Walk, random: SeededRandom): Promise<void> {
  const { layout }: { layout: Layout } = walk.plan;
  if (!layout.isLinked) return;
  await perhapsArrive(walk, random);
  await walk.tree.switchLink(active(walk, random));
}
