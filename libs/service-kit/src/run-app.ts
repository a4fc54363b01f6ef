import type { Static, TObject, TProperties } from "typebox";
import type { App, AppContext } from "./app.ts";
import type { ConfigCheck } from "./load-config.ts";
import type { commonConfig } from "./schema.ts";

/** Schema of an app's configuration: an object with the keys of `commonConfig`. */
export type AppSchema = TObject<TProperties & ReturnType<typeof commonConfig>>;

/** What main.ts passes. */
export interface RunAppOptions<T extends AppSchema> {
  /** The app's name as in `apps/<app>`. */
  readonly name: string;
  readonly schema: T;
  /** Relations between values; runs at start and with `--check`. */
  readonly check?: ConfigCheck<Static<T>>;
  readonly create: (context: AppContext<Static<T>>) => Promise<App>;
}

/** Runs the process: `--config FILE [--check]`. */
export declare function runApp<T extends AppSchema>(options: RunAppOptions<T>): void;
