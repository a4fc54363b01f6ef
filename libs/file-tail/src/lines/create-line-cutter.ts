import type { LineOptions } from "../types.ts";
import type { LineCutter, OverlongLine } from "./line-cutter.ts";
import { PlainCutter } from "./plain-cutter.ts";

export interface LineCutterOptions {
  readonly lineBytesMax: number;
  readonly onOverlong?: ((line: OverlongLine) => void) | undefined;
}

/** The cutter for files that are read so. **Errors**: GATELOG_FILE_TAIL_LINES for options that do not fit together. */
export function createLineCutter(lines: LineOptions, options: LineCutterOptions): LineCutter {
  return new PlainCutter({ ...options, overlong: lines.overlong ?? "cut" });
}
