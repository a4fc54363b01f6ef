import { linkSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contender.ts";
import { measureDelivery, type Delivery } from "./delivery.ts";
import type { FileSet } from "./lines.ts";
import type { Programs } from "./programs.ts";
import type { Stall } from "./receiver-protocol.ts";

/** Lets a contender deliver files that appear in its directory as a whole. */
export function measureBacklog(
  contender: Contender,
  options: { readonly files: FileSet; readonly programs: Programs; readonly stall?: Stall },
): Promise<Delivery> {
  const { files, programs, stall } = options;
  return measureDelivery(contender, { lines: files.lines, programs, feed: (logs) => linkAll(files, logs), ...(stall && { stall }) });
}

/** Hard links: each round has the same bytes in the page cache, and no contender can harm them. */
function linkAll({ directory, names }: FileSet, logs: string): void {
  for (const name of names) linkSync(join(directory, name), join(logs, name));
}
