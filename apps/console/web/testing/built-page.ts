import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const viteProgram = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin/vite.js");

/**
 * Builds the page into a new folder: as the app's build does, or with React's development build, which reports every
 * misuse of it on the browser's console. In a process of its own, because NODE_ENV decides what is built.
 */
export async function buildPage(
  mode: "production" | "development" = "production",
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "gatelog-page-"));
  await promisify(execFile)(
    process.execPath,
    [viteProgram, "build", "--mode", mode, "--outDir", folder, "--emptyOutDir", "--logLevel", "error"],
    {
      cwd: join(import.meta.dirname, "../.."),
      env: { ...process.env, NODE_ENV: mode },
    },
  );
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
