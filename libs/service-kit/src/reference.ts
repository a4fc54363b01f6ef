// What the generator of the reference pages needs; apps import the main entry.
export { describeKeys, type KeyDescription } from "./config/describe-keys.ts";
export { toEditorSchema } from "./config/editor-schema.ts";
export { variablePrefix } from "./config/environment.ts";
export { registerAppMetrics, workerExitCounter } from "./metrics.ts";
export { Registry } from "prom-client";
export { type TSchema } from "typebox";
