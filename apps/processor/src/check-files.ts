import type { Config } from "./config.ts";
import { checkInputFiles } from "./inputs/check-inputs.ts";
import { checkOutputFiles } from "./outputs/check-output-files.ts";

/** Looks at the files that the configuration names. **Errors**: StartError, one sentence naming the key and the file. */
export function checkConfigFiles(config: Config): void {
  checkInputFiles(config);
  checkOutputFiles(config);
}
