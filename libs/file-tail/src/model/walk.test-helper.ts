import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom, type SeededRandom } from "@gatelog/testkit";
import { createFileTail, type FileTail } from "../file-tail.ts";
import type { FileTailEvent } from "../types.ts";
import { Ledger, type LedgerFigures, type WrittenLine } from "./ledger.test-helper.ts";
import { LogTree } from "./log-tree.test-helper.ts";
import { drawOperation, type OperationName, operations } from "./operations.test-helper.ts";
import { Receiver } from "./receiver.test-helper.ts";
import { planWalk, type WalkPlan } from "./walk-plan.test-helper.ts";

/** What a walk did. */
export interface WalkFigures extends LedgerFigures {
  readonly operations: Readonly<Partial<Record<OperationName, number>>>;
  readonly events: Readonly<Partial<Record<FileTailEvent["type"], number>>>;
}

/** Where a walk broke a promise: what it was, and all that was done and told up to there. */
export class WalkViolation extends Error {
  readonly trace: readonly string[];

  constructor(sentences: readonly string[], trace: readonly string[], cause?: unknown) {
    super(sentences.join("\n"), { cause });
    this.name = "WalkViolation";
    this.trace = trace;
  }
}

/** How long nothing may come that is owed; much longer than the tail's slowest look on a busy machine. */
const arrivalMsMax = 60_000;
const idleMsMax = 3000;
const missingShown = 5;
const sentencesShown = 4;

/** A random walk of writers, rotations, a receiver and a tail that stops and crashes, over real files, beside a model of what is owed. */
export class Walk {
  readonly plan: WalkPlan;
  readonly ledger: Ledger;
  readonly receiver: Receiver;
  readonly tree: LogTree;
  readonly #directory: string;
  readonly #random: SeededRandom;
  readonly #trace: string[] = [];
  readonly #startedMs = performance.now();
  readonly #operations: Partial<Record<OperationName, number>> = {};
  readonly #events: Partial<Record<FileTailEvent["type"], number>> = {};
  #registryDir: string;
  #tail: FileTail | undefined;
  #crashes = 0;
  #rotations = 0;

  constructor(directory: string, seed: number) {
    const random = seededRandom(seed);
    this.plan = planWalk(random);
    const { encoding, limits, linesOfEvent, hasBanner } = this.plan;
    const lineBytesMax = limits.lineBytesMax ?? Number.POSITIVE_INFINITY;
    this.ledger = new Ledger({ encoding, lineBytesMax, isJoined: linesOfEvent > 1, hasBanner });
    // Of its own, for how often the receiver draws depends on time.
    this.receiver = new Receiver(this.ledger, seededRandom(seed + 1), (text) => this.#tell(text));
    const scans = () => this.#tail?.status().scans;
    const tell = (text: string) => this.#tell(text);
    this.tree = new LogTree({ logs: join(directory, "logs"), plan: this.plan, ledger: this.ledger, random, scans, tell });
    this.receiver.beforeTake = () => this.tree.copies.age();
    this.#directory = directory;
    this.#random = random;
    this.#registryDir = join(directory, "registry");
  }

  /** **Errors**: WalkViolation. */
  async run(): Promise<WalkFigures> {
    try {
      await this.#run();
    } catch (error) {
      await this.#abandon().catch((alsoFailed: unknown) => this.#tell(String(alsoFailed)));
      if (error instanceof WalkViolation) throw error;
      throw new WalkViolation([String(error)], this.#trace, error);
    }
    return { ...this.ledger.figures(this.tree.held()), operations: this.#operations, events: this.#events };
  }

  async #run(): Promise<void> {
    this.#tell(`plan ${JSON.stringify({ ...this.plan, layout: this.plan.layout.name })}`);
    await mkdir(join(this.#directory, "logs"));
    await this.start();
    for (let step = 0; step < this.plan.steps; step += 1) await this.#step();
    await this.#end();
  }

  nextRotation(): number {
    this.#rotations += 1;
    return this.#rotations;
  }

  /** Does nothing when one runs. */
  async start(): Promise<void> {
    if (this.#tail !== undefined) return;
    const { plan } = this;
    const paths = plan.layout.globs.map((glob) => join(this.#directory, "logs", glob));
    const tail = createFileTail({
      inputs: [{ id: "walk", paths, symlinks: plan.symlinks, closeEof: plan.closeEof, closeRenamed: plan.closeRenamed, ...plan.lines }],
      registryDir: this.#registryDir,
      limits: plan.limits,
      hints: plan.hints,
      onEvent: (event) => this.#note(event, tail === this.#tail),
    });
    await tail.start(this.receiver.connect());
    this.tree.forgetScans();
    this.#tail = tail;
  }

  /** In order: what was delivered may never come again. */
  async stop(): Promise<void> {
    const tail = this.#tail;
    if (tail === undefined) return;
    const mayReject = this.receiver.isRejecting;
    this.receiver.answer();
    await withinDeadline(tail.stop(), "the tail stops");
    this.#tail = undefined;
    this.receiver.rewound();
    if (!tail.status().hasUndelivered) this.ledger.settle(this.tree.settled());
    else if (!mayReject) this.#fail(["the tail was stopped and says that something is undelivered, though all of it was taken"]);
    if (tail.status().hasUndelivered) {
      this.ledger.giveUp();
      this.tree.forgetKnown();
    }
    this.tree.copies.stopped();
    this.receiver.resume();
    // A line may wait for the next one of its event.
    if (!mayReject && this.plan.linesOfEvent === 1) this.#expectNothingMissing(this.tree.settled(), "after the tail was stopped");
  }

  /** The registry as it is on disk at this moment is all that the next tail has; nothing is delivered meanwhile. */
  async crash(): Promise<void> {
    const tail = this.#tail;
    if (tail === undefined) return;
    this.#tail = undefined;
    this.receiver.crash();
    this.#crashes += 1;
    const image = join(this.#directory, `registry-${this.#crashes}`);
    await cp(this.#registryDir, image, { recursive: true });
    this.#registryDir = image;
    this.ledger.crash();
    this.tree.crashed();
    await withinDeadline(tail.stop(), "the tail stops, with nothing taken any more");
  }

  /** Waits until the tail has looked around so often, or for long: on a busy machine it looks less often. */
  async idle(scans: number): Promise<void> {
    const tail = this.#tail;
    if (tail === undefined) return;
    const until = tail.status().scans + scans;
    const end = performance.now() + idleMsMax;
    while (tail.status().scans < until && performance.now() < end) await this.#pause();
  }

  /** Waits until everything has come that is owed. Does nothing while no tail runs. */
  async everythingArrives(): Promise<void> {
    if (this.#tail === undefined) return;
    this.receiver.resume();
    const held = this.tree.held();
    let fewest = Number.POSITIVE_INFINITY;
    let end = 0;
    while (this.ledger.violations.length === 0) {
      const { length, 0: first } = this.ledger.missing(held);
      if (first === undefined) return;
      if (fewest === Number.POSITIVE_INFINITY) this.#tell(`  ${length} lines are awaited, the first is ${first.number}`);
      // As long as lines come, it may take long.
      if (length < fewest) end = performance.now() + arrivalMsMax;
      fewest = length;
      if (performance.now() > end) return this.#expectNothingMissing(held, `within ${arrivalMsMax} ms`);
      await this.#pause();
    }
  }

  async #step(): Promise<void> {
    const name = drawOperation(this.#random);
    this.#operations[name] = (this.#operations[name] ?? 0) + 1;
    this.#tell(name);
    await operations[name].run(this, this.#random);
    this.#expectNoViolation();
  }

  /** Everything comes, and after a stop nothing comes again. */
  async #end(): Promise<void> {
    this.#tell("end");
    await this.start();
    await this.everythingArrives();
    await this.stop();
    await this.start();
    await this.idle(1);
    await this.stop();
    this.#expectNoViolation();
  }

  /** Ends what is left of a walk that failed. */
  async #abandon(): Promise<void> {
    const tail = this.#tail;
    this.#tail = undefined;
    this.receiver.crash();
    if (tail !== undefined) await withinDeadline(tail.stop(), "the tail stops");
  }

  /** What one says that crashed, changes nothing. */
  #note(event: FileTailEvent, isAlive: boolean): void {
    this.#events[event.type] = (this.#events[event.type] ?? 0) + 1;
    if (isAlive && event.type === "deliveryRejected") this.receiver.rewound();
    if (isAlive && event.type === "copyRecognised") this.tree.copies.recognised(event.path);
    this.#tell(`  ${JSON.stringify(event, (_, value: unknown) => (value instanceof Error ? value.message : value))}`);
  }

  #expectNothingMissing(held: Iterable<WrittenLine>, when: string): void {
    const missing = this.ledger.missing(held);
    if (missing.length === 0) return;
    const shown = missing.slice(0, missingShown).map(({ number }) => number);
    this.#tell(`  ${JSON.stringify(this.#tail?.status())}`);
    this.#fail([`${missing.length} lines are missing ${when}, the first are ${shown.join(", ")}`]);
  }

  #expectNoViolation(): void {
    if (this.ledger.violations.length > 0) this.#fail(this.ledger.violations);
  }

  #fail(sentences: readonly string[]): never {
    throw new WalkViolation([...new Set([...this.ledger.violations, ...sentences])].slice(0, sentencesShown), this.#trace);
  }

  async #pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 3));
  }

  #tell(text: string): void {
    this.#trace.push(`${Math.round(performance.now() - this.#startedMs)} ${text}`);
  }
}

async function withinDeadline(work: Promise<void>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${arrivalMsMax} ms`)), arrivalMsMax);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
