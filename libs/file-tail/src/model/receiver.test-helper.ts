import { setTimeout as sleep } from "node:timers/promises";
import type { SeededRandom } from "@gatelog/testkit";
import type { DeliverLines } from "../deliveries.ts";
import type { LineBatch } from "../line-batch.ts";
import type { Ledger, WrittenLine } from "./ledger.test-helper.ts";

const slowMsMax = 15;

interface Delivery {
  readonly lines: WrittenLine[];
  outcome: "under way" | "taken" | "rejected";
}

/** What the lines are delivered to: takes them, holds them back, is slow, refuses some, or is gone. */
export class Receiver {
  readonly #ledger: Ledger;
  readonly #random: SeededRandom;
  #opened: (() => void) | undefined;
  #gate: Promise<void> | undefined;
  #isSlow = false;
  #rejections = 0;
  /** In the order in which they were handed on, from the first that is not acknowledged. */
  #underWay: Delivery[] = [];
  #isBroken = false;
  #epoch = 0;
  readonly #tell: (text: string) => void;

  /** Called before lines are taken. */
  beforeTake: () => void = () => {};

  constructor(ledger: Ledger, random: SeededRandom, tell: (text: string) => void) {
    this.#ledger = ledger;
    this.#random = random;
    this.#tell = tell;
  }

  /** Whether something is to be refused, or was, and the tail does not know it yet. */
  get isRejecting(): boolean {
    return this.#rejections > 0 || this.#isBroken || this.#underWay.some(({ outcome }) => outcome === "rejected");
  }

  pause(): void {
    this.#gate ??= new Promise((resolve) => (this.#opened = resolve));
  }

  beSlow(): void {
    this.#isSlow = true;
  }

  /** Refuses the next deliveries, so many of them. */
  reject(count: number): void {
    this.#rejections = count;
  }

  /** Takes everything, at once. */
  resume(): void {
    this.answer();
    this.#rejections = 0;
  }

  /** Holds nothing back; what it was to refuse, it refuses. */
  answer(): void {
    this.#opened?.();
    this.#gate = undefined;
    this.#isSlow = false;
  }

  /** What a tail that starts now delivers to. */
  connect(): DeliverLines {
    const epoch = this.#epoch;
    return (batch) => this.#deliver(batch, epoch);
  }

  /** Nothing that is under way now, or comes from the tail that runs now, is ever taken. */
  crash(): void {
    this.#epoch += 1;
    this.#underWay = [];
    this.#isBroken = false;
    this.resume();
  }

  /** The tail has seen the rejection, and reads again what was not acknowledged. */
  rewound(): void {
    this.#isBroken = false;
  }

  async #deliver(batch: LineBatch, epoch: number): Promise<void> {
    if (epoch !== this.#epoch) throw new Error("crashed");
    const lines = batch.toLines();
    const delivery: Delivery = { lines: [], outcome: "under way" };
    this.#underWay.push(delivery);
    await this.#gate;
    if (this.#isSlow) await sleep(this.#random.integer(0, slowMsMax));
    if (epoch !== this.#epoch) throw new Error("crashed");
    this.beforeTake();
    const { length } = this.#ledger.violations;
    const isRejected = this.#rejections > 0;
    if (isRejected) this.#rejections -= 1;
    const takenCount = isRejected ? this.#random.integer(0, lines.length) : lines.length;
    for (const line of lines.slice(0, takenCount)) delivery.lines.push(...this.#ledger.take(line));
    const [first] = lines;
    if (first !== undefined) {
      const place = `${Buffer.from(first.file.generation).toString("hex", 0, 3)}@${first.offset}`;
      const what = isRejected ? `${takenCount} of ${lines.length} lines taken, refused` : `${lines.length} lines taken`;
      this.#tell(`  ${what}, from ${place} of ${first.file.path}${this.#ledger.violations.length > length ? ": VIOLATION" : ""}`);
    }
    delivery.outcome = isRejected ? "rejected" : "taken";
    this.#settle();
    if (isRejected) throw new Error("refused");
  }

  /** Acknowledges in order, as the tail does; after a rejection nothing, until it has read again. */
  #settle(): void {
    for (let [first] = this.#underWay; first !== undefined && first.outcome !== "under way"; [first] = this.#underWay) {
      this.#underWay.shift();
      this.#isBroken ||= first.outcome === "rejected";
      if (this.#isBroken) this.#ledger.permit(first.lines, "rejected");
      else this.#ledger.settle(first.lines);
    }
  }
}
