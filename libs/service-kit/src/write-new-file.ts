import { writeFile } from "node:fs/promises";
import { codeOf } from "./local-checks.ts";
import { StartError } from "./start-error.ts";

/** Writes a file that a command makes for the user, and never over one that is there: it may have been edited since. **Errors**: StartError. */
export async function writeNewFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new StartError(`${file} cannot be written: ${writeFailure(error)}`, { cause: error });
  }
}

function writeFailure(error: unknown): string {
  const code = codeOf(error);
  if (code === "EEXIST") return "it is there already; remove it or choose another name";
  if (code === "ENOENT") return "its folder is not there; make it first";
  return code === "EACCES" || code === "EPERM" ? "no permission to write there" : String(error);
}
