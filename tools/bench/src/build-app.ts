import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";

/** Builds what users run, and returns its path. **Errors**: with the build's output. */
export function buildApp(name: string): string {
  const build = spawnSync(process.execPath, [join(repositoryRoot, "tools/build/build-app.mjs"), name], { encoding: "utf8" });
  if (build.status !== 0) throw new Error(`the ${name} could not be built: ${build.stdout}${build.stderr}`);
  return join(repositoryRoot, "apps", name, "dist/main.js");
}
