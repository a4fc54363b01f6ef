import { createLumberjackSource, type LumberjackServerTls, type LumberjackSource } from "@gatelog/lumberjack";
import { listenError, StartError, type TlsFiles } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import type { ServerTls } from "../config/server-tls.ts";
import { createFix } from "./codec.ts";
import type { Input, InputContext, InputLoad } from "./input.ts";
import { serverTlsFiles } from "./server-tls-files.ts";

export type BeatsConfig = Extract<Config["inputs"][number], { readonly beats: unknown }>["beats"];

/** Filebeat, the tailer, Logstash: a window is acknowledged when its events are on disk. */
export class BeatsInput implements Input {
  readonly name: string;
  readonly #config: BeatsConfig;
  readonly #context: InputContext;
  readonly #source: LumberjackSource;
  readonly #files: TlsFiles | undefined;

  constructor({ tls, ...config }: BeatsConfig, context: InputContext) {
    this.name = context.name;
    this.#config = config;
    this.#context = context;
    this.#files = tls && serverTlsFiles(tls, context, () => this.#source.reloadTls());
    this.#source = createLumberjackSource({
      ...config,
      ...(tls && this.#files && { tls: lumberjackTls(tls, this.#files) }),
      onEvent: (event) => context.reports.peer(context.name, event),
    });
  }

  get port(): number {
    return this.#source.port;
  }

  async start(): Promise<void> {
    const { key, seedTimeZone, intake } = this.#context;
    const take = intake({ fix: createFix("event", seedTimeZone), bytesOf: ({ length }: Uint8Array) => length, release });
    this.#files?.start();
    try {
      await this.#source.start(take);
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw cause instanceof StartError ? cause : listenError(cause, { ...this.#config, key: `${key}.port` });
    }
  }

  async stop(): Promise<void> {
    this.#files?.stop();
    await this.#source.stop();
  }

  trouble(): string | undefined {
    return this.#source.status().listening ? undefined : "it does not listen";
  }

  load(): InputLoad {
    return this.#source.status();
  }
}

/** Frames are views of what the sockets brought, which would be in memory a second time until the events are durable. The list is nobody else's. */
function release(frames: readonly Uint8Array[]): void {
  (frames as Uint8Array[]).length = 0;
}

function lumberjackTls({ clientAuthentication, clientNames, minVersion }: ServerTls, files: TlsFiles): LumberjackServerTls {
  return { material: files.material, clientAuthentication, clientNames, minVersion };
}
