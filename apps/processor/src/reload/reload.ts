import { type AppContext, ConfigError, ConfigWatch, type LoadedConfig, type PartReadiness, StartError } from "@gatelog/service-kit";
import { checkConfig } from "../check-config.ts";
import type { Config } from "../config.ts";
import type { Metrics } from "../metrics.ts";
import type { Reports } from "../reports.ts";
import { mixtureProblem, takeUp } from "./take-up.ts";

export interface ReloadOptions {
  readonly context: AppContext<Config>;
  readonly reports: Reports;
  readonly metrics: Metrics;
  /** As it is now. */
  readonly config: () => Config;
  /** Takes it up as a whole, or throws why it cannot, and leaves all as it was. */
  readonly use: (config: Config) => void;
}

/**
 * Takes up the configuration when its files change, and at SIGHUP.
 *
 * **Guarantee**: what is not right in every part changes nothing: it is told in the log and on /readyz, and what was there before runs on.
 */
export class Reload {
  readonly #options: ReloadOptions;
  readonly #watch: ConfigWatch<Config> | undefined;
  #note: string | undefined;

  constructor(options: ReloadOptions) {
    this.#options = options;
    const { context } = options;
    if (context.configSource === undefined) return;
    const { watch, intervalMs } = context.config.reload;
    this.#watch = new ConfigWatch<Config>({
      source: context.configSource,
      intervalMs: watch ? intervalMs : undefined,
      onLoaded: (loaded) => this.#take(loaded),
      onRefused: (error) => this.#refuse(error),
    });
    context.onSignal("SIGHUP", () => this.#watch?.loadAgain());
  }

  start(): void {
    this.#watch?.start();
  }

  stop(): void {
    this.#watch?.stop();
  }

  /** What there is to say of the file; it makes nobody unready, for the processor runs. */
  parts(): readonly PartReadiness[] {
    return this.#note === undefined ? [] : [{ name: "configuration", ready: true, reason: this.#note }];
  }

  #take({ config: after, resolvePath }: LoadedConfig<Config>): void {
    const { context, reports, metrics } = this.#options;
    const { config, applied, waiting } = takeUp(this.#options.config(), after);
    const problem = mixtureProblem(checkConfig(config, { resolvePath }), waiting);
    if (problem !== undefined) throw new StartError(problem);
    this.#options.use(config);
    context.logger.level = config.logLevel;
    metrics.configReloads.inc({ result: "applied" });
    this.#note = waiting.length === 0 ? undefined : `these changes wait for a restart: ${waiting.join(", ")}`;
    const message = `the configuration was loaded again${applied.length === 0 ? "" : `, in use are: ${applied.join(", ")}`}`;
    reports.say({ code: "GATELOG_PROCESSOR_CONFIG_RELOADED", level: "info", message }, { file: context.configFile });
    if (this.#note !== undefined)
      reports.say({ code: "GATELOG_PROCESSOR_CONFIG_WAITS", level: "warn", message: this.#note }, { file: context.configFile });
  }

  #refuse(error: unknown): void {
    const { context, reports, metrics } = this.#options;
    metrics.configReloads.inc({ result: "refused" });
    const reason = error instanceof Error ? error.message : String(error);
    this.#note = `the changed file cannot be used, and the configuration before runs on: ${reason}`;
    // Of what the user has to mend, the sentence says all; a bug of ours has its stack.
    const told = error instanceof ConfigError || error instanceof StartError ? {} : { error };
    reports.say({ code: "GATELOG_PROCESSOR_CONFIG_REFUSED", level: "error", message: this.#note, ...told }, { file: context.configFile });
  }
}
