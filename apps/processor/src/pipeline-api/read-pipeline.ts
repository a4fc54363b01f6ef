import { join } from "node:path";
import { checkCodeTypes, type CodeValue, runCode, type TypeCheck } from "@gatelog/service-kit";
import * as api from "./index.ts";

const module = "@gatelog/processor";

/** Runs a `pipeline.ts` (or .js, .mjs) anew; `@gatelog/processor` is this app, wherever the file lies. **Errors**: CodeError, one sentence with `file:line`. */
export function readPipeline(path: string): CodeValue {
  return runCode(path, { [module]: api });
}

/** What the compiler says of a `pipeline.ts`. */
export function checkPipelineTypes(path: string): TypeCheck {
  return checkCodeTypes(path, { module, files: ["processor.d.ts", "index.ts"].map((name) => join(import.meta.dirname, name)) });
}
