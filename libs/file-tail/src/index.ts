export { errors, FileTailError, type FileTailErrorCode } from "./errors.ts";
export { createFileTail, type FileTail, type FileTailOptions, type FileTailStatus } from "./file-tail.ts";
export { compileGlob, type Glob } from "./glob.ts";
export { defaultLimits, type FileTailLimits } from "./limits.ts";
export type { DeliverLines } from "./deliveries.ts";
export { LineBatch, type LineBatchLimits, type LineExtra, lineFlag, type LineRun } from "./line-batch.ts";
export { createLineCutter } from "./lines/create-line-cutter.ts";
export { type InspectedEntry, inspectRegistry, type PresentFile, type RegistryReport } from "./registry-inspect.ts";
export { type RegistryReset, type RegistryResetResult, resetRegistry } from "./registry-reset.ts";
export type { RegistryEntry } from "./registry-codec.ts";
export type { RegistryDamage } from "./registry-load.ts";
export {
  type ContainerOptions,
  type Encoding,
  encodings,
  type FileTailEvent,
  type LineOptions,
  type MultilineOptions,
  type NdjsonOptions,
  type OnFileTailEvent,
  type ParserOptions,
  type TailedFile,
  type TailInput,
  type TailLine,
} from "./types.ts";
