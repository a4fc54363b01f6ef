import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@gatelog/testkit";
import { stringify } from "yaml";
import { AppService } from "./app-service.ts";

/** Between what the members stand. */
export interface SinkMembersOptions {
  readonly directory: string;
  /** The built db-sink. */
  readonly bundle: string;
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  readonly topic: string;
}

/** Brokers take no shorter one. */
const sessionTimeoutMs = 6000;
/** Short, so that a frozen database is given up while it may still carry out what it was asked. */
const statementTimeoutMs = 10_000;

/** Members of one consumer group, each a process that is started again and again. */
export class SinkMembers {
  readonly #all: readonly AppService[];
  readonly #running = new Set<AppService>();
  rssMiBMax = 0;

  private constructor(all: readonly AppService[]) {
    this.#all = all;
  }

  /** Writes the configurations of so many; starts none yet. */
  static async create(count: number, options: SinkMembersOptions): Promise<SinkMembers> {
    const all: AppService[] = [];
    for (let index = 0; index < count; index += 1) all.push(await memberOf(index, options));
    return new SinkMembers(all);
  }

  get running(): readonly AppService[] {
    return [...this.#running];
  }

  /** Starts or stops members until there are so many. **Errors**: where one that was asked to stop did not end with 0. */
  async scale(count: number): Promise<void> {
    for (const member of this.#all.slice(0, count)) this.#start(member);
    for (const member of this.#all.slice(count)) if (this.#running.has(member)) await this.#stop(member);
  }

  /** SIGKILL for one; what it returns starts it again. */
  async kill(index: number): Promise<() => void> {
    const member = this.#pick(index);
    this.#running.delete(member);
    await member.kill();
    return () => this.#start(member);
  }

  /** SIGTERM for one; what it returns starts it again. */
  async stop(index: number): Promise<() => void> {
    const member = this.#pick(index);
    await this.#stop(member);
    return () => this.#start(member);
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#all.map((member) => member.kill()));
    this.#running.clear();
  }

  /** Whether all say that they are ready. **Errors**: when one has ended by itself. */
  async areReady(): Promise<boolean> {
    for (const member of this.#running) {
      member.assertRunning();
      const { status } = await member.ask("/readyz").catch(() => ({ status: 0 }));
      if (status !== 200) return false;
    }
    return true;
  }

  /** Remembers the most memory that one of them had. */
  lookAtMemory(): void {
    for (const member of this.#running) this.rssMiBMax = Math.max(this.rssMiBMax, member.rssMiB());
  }

  lastOutput(): string {
    return this.#all.map((member) => member.lastOutput().slice(-700)).join("\n");
  }

  #pick(index: number): AppService {
    const running = this.running;
    return running[index % running.length] as AppService;
  }

  #start(member: AppService): void {
    if (this.#running.has(member)) return;
    member.launch();
    this.#running.add(member);
  }

  async #stop(member: AppService): Promise<void> {
    this.#running.delete(member);
    const exit = await member.stop();
    if (exit?.code !== 0) throw new Error(`a db-sink was asked to stop and ended with ${exit?.code ?? exit?.signal}`);
  }
}

async function memberOf(index: number, options: SinkMembersOptions): Promise<AppService> {
  const { directory, bundle, brokers, databaseUrl, topic } = options;
  const adminPort = await freePort();
  const place = join(directory, `member-${index}`);
  mkdirSync(place, { recursive: true });
  const configurationFile = join(place, "db-sink.yaml");
  const configuration = {
    admin: { host: "127.0.0.1", port: adminPort },
    topic: { kafka: { brokers, sessionTimeoutMs }, name: topic },
    database: { url: databaseUrl, statementTimeoutMs, checkIntervalMs: 500 },
    retry: { maxMs: 1000 },
  };
  writeFileSync(configurationFile, stringify(configuration));
  return new AppService({ name: "db-sink", bundle, configurationFile, outputFile: join(place, "db-sink.output"), adminPort });
}
