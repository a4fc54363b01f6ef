import { spawn } from "node:child_process";
import { parseOptions, usage } from "./options.ts";
import { Stack } from "./stack.ts";

/** A terminal's Ctrl-C arrives twice (the process group, and npm passing it on): repeats within this time are one. */
const repeatMs = 1000;

function say(text: string): void {
  process.stderr.write(`gatelog: ${text}\n`);
}

function fail(text: string): never {
  say(text);
  process.exit(1);
}

/** `npm start`: the whole embedded pipeline behind a demo API. */
async function main(): Promise<void> {
  const options = optionsOrFail();
  const stack = new Stack(options, say);
  const stopped = stopOnSignal(stack);
  try {
    say("starting the stages …");
    await stack.start();
  } catch (error) {
    if (stopped.requested()) return;
    say(error instanceof Error ? error.message : String(error));
    await stack.stop();
    process.exit(1);
  }
  const consoleUrl = `http://127.0.0.1:${options.consolePort}`;
  process.stdout.write(`gatelog ready gateway=http://127.0.0.1:${options.gatewayPort} console=${consoleUrl} data=${options.data}\n`);
  if (options.open) openBrowser(consoleUrl);
}

function optionsOrFail() {
  try {
    // npm runs scripts in the package's folder; INIT_CWD is where the user is, to which --data is relative.
    return parseOptions(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function stopOnSignal(stack: Stack): { requested(): boolean } {
  let firstAt: number | undefined;
  const onSignal = () => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt < repeatMs) return;
      stack.kill();
      fail("killed; what was acknowledged is on disk and goes on at the next start");
    }
    firstAt = performance.now();
    say("stopping, in the order of the data's flow …");
    void stack.stop().then((clean) => process.exit(clean ? 0 : 1));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return { requested: () => firstAt !== undefined };
}

/** Only where there is a desktop; a browser that does not open is no reason to stop. */
function openBrowser(url: string): void {
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  if (process.platform !== "darwin" && !process.env["DISPLAY"] && !process.env["WAYLAND_DISPLAY"]) return;
  const child = spawn(program, [url], { stdio: "ignore", detached: true });
  child.once("error", () => say(`open ${url} in a browser`));
  child.unref();
}

await main();
