export { errors, FileTailError, type FileTailErrorCode } from "./errors.ts";
export { createFileTail, type FileTail, type FileTailOptions, type FileTailStatus } from "./file-tail.ts";
export { compileGlob, type Glob } from "./glob.ts";
export { defaultLimits, type FileTailLimits } from "./limits.ts";
export type { FileTailEvent, OnFileTailEvent, TailedFile, TailInput, TailLine } from "./types.ts";
