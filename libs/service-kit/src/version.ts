import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Version of the program: that of the nearest package.json above its entry file, or `unknown`. */
export function findVersion(entryFile: string | undefined): string {
  let directory = entryFile === undefined ? "/" : dirname(entryFile);
  for (;;) {
    const version = versionIn(join(directory, "package.json"));
    if (version !== undefined) return version;
    const parent = dirname(directory);
    if (parent === directory) return "unknown";
    directory = parent;
  }
}

function versionIn(file: string): string | undefined {
  try {
    const content = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown };
    return typeof content.version === "string" ? content.version : undefined;
  } catch {
    // No readable package.json here: the next folder up may have one.
    return undefined;
  }
}
