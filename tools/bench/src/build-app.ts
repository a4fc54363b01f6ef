import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";

/** Builds what users run, with what is generated for it, and returns its path. **Errors**: with the build's output. */
export function buildApp(name: string): string {
  const build = spawnSync(join(repositoryRoot, "node_modules/.bin/nx"), ["run", `${name}:build`, "--output-style=static"], {
    cwd: repositoryRoot,
    encoding: "utf8",
    env: { ...process.env, NX_DAEMON: "false" },
  });
  if (build.status !== 0) throw new Error(`the ${name} could not be built: ${build.stdout}${build.stderr}`);
  return join(repositoryRoot, "apps", name, "dist/main.js");
}
