import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, ManagedProcess, repositoryRoot, waitFor, type Exit } from "@gatelog/testkit";
import { stringify } from "yaml";
import { LogSnapshots } from "./log-snapshots.ts";

/** What is run, and where. */
export interface SoakGatewayOptions {
  readonly directory: string;
  readonly upstream: string;
  readonly isAudited: boolean;
  readonly workers: number;
  /** The built gateway; `apps/gateway/dist/main.js` by default. */
  readonly bundle?: string | undefined;
}

/** One start of the gateway and what it left behind. */
export interface Life {
  readonly n: number;
  readonly end: "killed" | "stopped";
  /** Workers that were killed, the process itself included where it serves alone. */
  readonly workersKilled: number;
  /** Log files that were new at its end. */
  readonly files: readonly string[];
}

const markIntervalMs = 100;
/** Small, so that files are also followed by others while the gateway is killed. */
const rotateBytesMax = 1_048_576;
const bodyBytesMax = 4096;
/** The beginning of a record. */
const tornLine =
  '{"v":1,"id":"0199a4a8-7c1d-7b1e-8000-000000000000","requestTime":"2026-11-23T16:00:00.000+08:00","gateway":"gw-soak","boot":"';

/** The built gateway as a process that is started again and again on one log directory and one port. */
export class SoakGateway {
  readonly port: number;
  readonly snapshots: LogSnapshots;
  readonly lives: Life[] = [];
  readonly #options: SoakGatewayOptions;
  readonly #adminPort: number;
  #process: ManagedProcess | undefined;
  #workersKilled = 0;

  private constructor(ports: { port: number; adminPort: number }, options: SoakGatewayOptions) {
    this.port = ports.port;
    this.#adminPort = ports.adminPort;
    this.#options = options;
    this.snapshots = new LogSnapshots(logDirectory(options.directory));
  }

  /** Writes the configuration; starts nothing yet. */
  static async create(options: SoakGatewayOptions): Promise<SoakGateway> {
    const { directory, upstream, isAudited, workers } = options;
    const [port, adminPort] = [await freePort(), await freePort()];
    const dir = logDirectory(directory);
    for (const path of [dir, join(directory, "routes.d")]) mkdirSync(path, { recursive: true });
    const configuration = {
      name: "gw-soak",
      workers,
      listen: { host: "127.0.0.1", port },
      admin: { host: "127.0.0.1", port: adminPort },
      log: { dir, audit: isAudited, markIntervalMs, rotateBytesMax },
      capture: { bodyBytesMax },
      routesDir: join(directory, "routes.d"),
    };
    const routes = {
      project: "soak",
      upstreams: [{ name: "soak", servers: [upstream] }],
      routes: [{ name: "soak", prefix: "/soak", upstream: "soak" }],
    };
    writeFileSync(join(directory, "gateway.yaml"), stringify(configuration));
    writeFileSync(join(directory, "routes.d/soak.yaml"), stringify(routes));
    return new SoakGateway({ port, adminPort }, options);
  }

  get directory(): string {
    return this.#options.directory;
  }

  get logDirectory(): string {
    return logDirectory(this.directory);
  }

  /** The number of the start that takes connections now. */
  get life(): number {
    return this.lives.length;
  }

  /** How it ended, when nobody had asked for that. */
  get exit(): Exit | undefined {
    return this.#process?.exit;
  }

  /** Starts it and does not wait. */
  launch(): void {
    const { bundle = join(repositoryRoot, "apps/gateway/dist/main.js"), directory } = this.#options;
    this.#workersKilled = 0;
    this.#process = new ManagedProcess({
      command: process.execPath,
      arguments: [bundle, "--config", join(directory, "gateway.yaml")],
      logFile: this.#logFile,
    });
  }

  /**
   * SIGKILL to the process, whose workers then drain; resolves when the last one has ended. With `tornBytes` its newest file ends
   * in so many bytes of a line, as a write leaves it that was cut short: the kernel does that too seldom to be waited for.
   */
  async kill(tornBytes = 0): Promise<void> {
    const workers = this.workerPids();
    await this.#process?.kill();
    await waitFor(() => !workers.some(isAlive), { intervalMs: 2, what: "the end of the killed gateway's workers", deadlineMs: 30_000 });
    if (tornBytes > 0) this.snapshots.tear(tornLine.slice(0, tornBytes));
    this.#ended("killed", this.#workersKilled + (this.#options.workers === 1 ? 1 : 0));
  }

  /** True when all workers are there: one that ends before the first start of all is whole ends the gateway. */
  async isReady(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.#adminPort}/readyz`, { signal: AbortSignal.timeout(5000) });
    await answer.arrayBuffer();
    return answer.ok;
  }

  /** SIGKILL to one worker, which its primary starts again. */
  killWorker(pid: number): void {
    this.#workersKilled += 1;
    process.kill(pid, "SIGKILL");
  }

  /** SIGTERM, once it takes calls; resolves when it has ended. */
  async stop(): Promise<Exit | undefined> {
    await waitFor(() => this.exit !== undefined || isListening(this.port), { deadlineMs: 30_000, what: "the gateway to listen" });
    const exit = await this.#process?.stop(30_000);
    this.#ended("stopped", this.#workersKilled);
    return exit;
  }

  /** Ends whatever is left. */
  async close(): Promise<void> {
    const workers = this.workerPids();
    await this.#process?.kill();
    for (const pid of workers) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  }

  /** The workers that run now; none where the process serves alone. */
  workerPids(): number[] {
    if (this.#options.workers === 1 || this.#process === undefined || this.#process.exit !== undefined) return [];
    const { pid } = this.#process;
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  }

  /** The last of what it printed. */
  lastOutput(): string {
    return (this.#process?.output() ?? "").slice(-1500);
  }

  get #logFile(): string {
    return join(this.directory, "gateway-output.txt");
  }

  #ended(end: Life["end"], workersKilled: number): void {
    this.lives.push({ n: this.life, end, workersKilled, files: this.snapshots.take() });
  }
}

function logDirectory(directory: string): string {
  return join(directory, "logs");
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** False also of one that nobody has reaped yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
