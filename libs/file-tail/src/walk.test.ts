import { appendFile, cp, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom, seedOfRun, waitFor, type SeededRandom } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";

const walks = 50;
const stepsOfEach = 25;

/** A random walk of a writer and a tail over real files, beside a model that knows which lines are owed. */
class Walk {
  readonly #random: SeededRandom;
  readonly #fixture: Fixture;
  readonly #owed = new Set<string>();
  readonly #log: string;
  #registryDir: string;
  #number = 0;
  #rotations = 0;
  #crashes = 0;
  /** The end of a line whose beginning was written. */
  #rest = "";
  #gate: ReturnType<typeof gateOf> | undefined;

  constructor(fixture: Fixture, random: SeededRandom) {
    this.#fixture = fixture;
    this.#random = random;
    this.#registryDir = fixture.registryDir;
    this.#log = join(fixture.logs, "app.log");
    fixture.onDeliver = async () => this.#gate?.promise;
  }

  async run(): Promise<void> {
    await this.#start();
    for (let step = 0; step < stepsOfEach; step += 1) await this.#step();
    await this.#write(1);
    await this.#everythingArrives();
    await this.#fixture.stop();
    this.#check();
  }

  #step(): Promise<void> {
    const kind = this.#random.integer(1, 20);
    if (kind <= 7) return this.#write(this.#random.integer(1, 60));
    if (kind <= 10) return this.#writePart();
    if (kind <= 13) return this.#rotate();
    if (kind <= 14) return this.#truncate();
    if (kind <= 15) return this.#delete();
    if (kind <= 17) return this.#pauseOrResume();
    return kind <= 18 ? this.#restart() : this.#crash();
  }

  #start(): Promise<void> {
    return this.#fixture.start({
      registryDir: this.#registryDir,
      limits: { batchLinesMax: 16, readBytesMax: 256 },
      hints: this.#random.next() < 0.7,
    });
  }

  async #write(count: number): Promise<void> {
    let text = this.#rest;
    this.#rest = "";
    for (let index = 0; index < count; index += 1) text += `${this.#newLine()}\n`;
    await appendFile(this.#log, text);
  }

  async #writePart(): Promise<void> {
    const line = `${this.#rest === "" ? this.#newLine() : ""}${this.#rest}` + (this.#rest === "" ? "\n" : "");
    const at = this.#random.integer(0, line.length - 1);
    this.#rest = line.slice(at);
    await appendFile(this.#log, line.slice(0, at));
  }

  #newLine(): string {
    this.#number += 1;
    const line = `line ${this.#number} ${"日".repeat(this.#random.integer(0, 30))}`;
    this.#owed.add(line);
    return line;
  }

  /** By renaming; the writer completes its line first, as the gateway does. */
  async #rotate(): Promise<void> {
    await this.#write(1);
    this.#rotations += 1;
    await rename(this.#log, join(this.#fixture.logs, `app-${this.#rotations}.log`));
  }

  /** What is unread at a truncation is nobody's any more: the model waits for it. What is written after it is owed at once. */
  async #truncate(): Promise<void> {
    await this.#write(1);
    await this.#everythingArrives();
    await truncate(this.#log, 0);
    await this.#write(this.#random.integer(1, 60));
  }

  async #delete(): Promise<void> {
    if (this.#rotations === 0) return;
    await this.#write(1);
    await this.#everythingArrives();
    await rm(join(this.#fixture.logs, `app-${this.#random.integer(1, this.#rotations)}.log`), { force: true });
  }

  #pauseOrResume(): Promise<void> {
    if (this.#gate === undefined) this.#gate = gateOf();
    else this.#resume();
    return Promise.resolve();
  }

  #resume(): void {
    this.#gate?.open();
    this.#gate = undefined;
  }

  async #restart(): Promise<void> {
    this.#resume();
    await this.#fixture.stop();
    await this.#start();
  }

  /** The registry as it is on disk at this moment is all that the next tail has; nothing is delivered meanwhile. */
  async #crash(): Promise<void> {
    this.#crashes += 1;
    const { onDeliver } = this.#fixture;
    this.#fixture.onDeliver = () => Promise.reject(new Error("crashed"));
    const image = `${this.#fixture.registryDir}-${this.#crashes}`;
    await cp(this.#registryDir, image, { recursive: true });
    this.#resume();
    await this.#fixture.stop();
    this.#fixture.onDeliver = onDeliver;
    this.#registryDir = image;
    await this.#start();
  }

  async #everythingArrives(): Promise<void> {
    this.#resume();
    const owedMax = this.#rest === "" ? this.#owed.size : this.#owed.size - 1;
    await waitFor(() => new Set(this.#fixture.texts()).size >= owedMax && this.#fixture.tail().status().backlogBytes === 0, {
      what: "everything that is owed",
      deadlineMs: 15_000,
    });
  }

  #check(): void {
    const texts = this.#fixture.texts();
    const places = new Map<string, string>();
    for (const { text, place } of this.#fixture.delivered) {
      expect(this.#owed.has(text), `invented: ${text}`).toBe(true);
      expect(places.get(text) ?? place, `two places: ${text}`).toBe(place);
      places.set(text, place);
    }
    expect(this.#owed.size - places.size, "lines that are missing").toBe(0);
    // Only a crash may have what was acknowledged delivered again.
    if (this.#crashes === 0) expect(texts).toHaveLength(places.size);
  }
}

test(`random walk: ${walks} walks of writing, rotating, truncating, deleting, pausing, restarting and crashing lose nothing and invent nothing`, async () => {
  const first = seedOfRun();
  for (let index = 0; index < walks; index += 1) {
    const seed = first + index;
    const fixture = await createFixture();
    try {
      await new Walk(fixture, seededRandom(seed)).run();
    } catch (error) {
      throw new Error(`the walk failed; GATELOG_SEED=${seed} replays it as the first`, { cause: error });
    } finally {
      await fixture.remove();
    }
  }
}, 300_000);
