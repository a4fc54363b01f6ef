import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { ManagedProcess, repositoryRoot, waitFor } from "@gatelog/testkit";
import { undoAtExit } from "./clean-up.ts";
import type { NeededProgram } from "./debian.ts";
import { terminateTree } from "./processes.ts";

/** Debian's nginx with its Lua module. */
export const nginxProgram: NeededProgram = { path: "/usr/sbin/nginx", packages: ["nginx-light", "libnginx-mod-http-lua"] };

/** Debian has the Lua module apart, where OpenResty has it built in. */
const modules = ["ndk_http_module", "ngx_http_lua_module"].map((name) => `load_module /usr/lib/nginx/modules/${name}.so;`).join(" ");

/** A running nginx. */
export interface Nginx {
  /** Of the master; its worker is a child. */
  readonly pid: number;
  readonly port: number;
  /** Prefix directory: `conf/nginx.conf`, `logs/`. */
  readonly directory: string;
  /** What it printed and its error log. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts nginx in the foreground with this configuration, whose paths are relative to `directory`; resolves when `port` answers. */
export async function startNginx(options: { directory: string; configuration: string; port: number }): Promise<Nginx> {
  const { directory, configuration, port } = options;
  for (const name of ["conf", "logs"]) mkdirSync(join(directory, name), { recursive: true });
  // The worker runs as a user of its own when the master is root, and puts large bodies into files below.
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, "conf/nginx.conf"), configuration);
  const nginx = new ManagedProcess({
    command: nginxProgram.path,
    arguments: ["-p", `${directory}/`, "-e", "logs/error.log", "-c", "conf/nginx.conf", "-g", `daemon off; ${modules}`],
    logFile: join(directory, "logs/output.log"),
  });
  // A worker outlives a master that is killed, as it is when this process dies.
  const forget = undoAtExit(() => terminateTree(nginx.pid));
  const stop = async () => {
    await nginx.stop();
    forget();
  };
  try {
    await waitFor(() => isListening(nginx, port), { deadlineMs: 10_000, what: `nginx on port ${port}` });
  } catch (error) {
    await stop();
    throw new Error(`nginx did not start: ${nginx.output().slice(-1000)}`, { cause: error });
  }
  const output = () => nginx.output() + readFileSync(join(directory, "logs/error.log"), "utf8");
  return { pid: nginx.pid, port, directory, output, stop };
}

/** The article's configuration as `examples/openresty` has it, on other ports. **Errors**: when the example no longer has what is replaced. */
export function originalConfiguration(ports: { listen: number; upstream: number }): string {
  const text = readFileSync(join(repositoryRoot, "examples/openresty/nginx.conf"), "utf8");
  return replaceOnce(replaceOnce(text, "listen 9000;", `listen ${ports.listen};`), "127.0.0.1:8080", `127.0.0.1:${ports.upstream}`);
}

/** Replaces the only occurrence. **Errors**: when there is none or another one. */
export function replaceOnce(text: string, search: string, replacement: string): string {
  const parts = text.split(search);
  if (parts.length !== 2) throw new Error(`expected "${search}" once in examples/openresty/nginx.conf, found it ${parts.length - 1} times`);
  return parts.join(replacement);
}

function isListening(nginx: ManagedProcess, port: number): Promise<boolean> | boolean {
  if (nginx.exit) throw new Error(`it ended with ${nginx.exit.code ?? nginx.exit.signal}`);
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
