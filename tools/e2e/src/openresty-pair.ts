import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { nginxProgram, originalConfiguration, startNginx } from "@gatelog/bench";
import { freePort, ManagedProcess, repositoryRoot, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { parseDocument } from "yaml";

const example = join(repositoryRoot, "examples/openresty");

/** Both gateways of `examples/openresty`, in front of one service, on free ports. */
export interface Pair {
  /** Sends one call to both, one after the other, and waits for their lines. */
  call(call: Call): Promise<Lines>;
  stop(): Promise<void>;
}

/** What is sent. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** The lines that one call left. */
export interface Lines {
  readonly original: Buffer;
  readonly ours: Buffer;
}

/** Whether the original can run. With `CI` set it must: a missing nginx is then a failure, not a skip. */
export function hasNginx(): boolean {
  if (existsSync(nginxProgram.path) || process.env["CI"] !== undefined) return true;
  console.warn(
    `the comparison with the original is SKIPPED: there is no ${nginxProgram.path}; install ${nginxProgram.packages.join(" and ")}`,
  );
  return false;
}

/** Starts both with the example's own files, ports apart. */
export async function startPair(servicePort: number): Promise<Pair> {
  const directory = await temporaryDirectory("gatelog-openresty-");
  const [originalDirectory, ourDirectory] = [join(directory.path, "original"), join(directory.path, "ours")];
  const [originalPort, ourPort] = [await freePort(), await freePort()];
  mkdirSync(originalDirectory);
  const configuration = originalConfiguration({ listen: originalPort, upstream: servicePort });
  const nginx = await startNginx({ directory: originalDirectory, configuration, port: originalPort });
  const gateway = await startOurs(ourDirectory, { listen: ourPort, admin: await freePort(), upstream: servicePort });
  const logs = { original: join(originalDirectory, "logs"), ours: join(ourDirectory, "logs") };
  return {
    call: async (call) => ({
      original: await lineOf(call, originalPort, () => linesIn(logs.original, (name) => name === "test.log")),
      ours: await lineOf(call, ourPort, () => linesIn(logs.ours, (name) => name.endsWith(".log"))),
    }),
    stop: async () => {
      await nginx.stop();
      await gateway.stop();
      await directory.remove();
    },
  };
}

async function startOurs(directory: string, ports: { listen: number; admin: number; upstream: number }): Promise<ManagedProcess> {
  for (const name of ["gateway.yaml", "routes.d"]) cpSync(join(example, name), join(directory, name), { recursive: true });
  changeYaml(join(directory, "gateway.yaml"), [
    [["listen", "port"], ports.listen],
    [["admin", "port"], ports.admin],
  ]);
  changeYaml(join(directory, "routes.d/springboot-demo.yaml"), [[["upstreams", 0, "servers", 0], `http://127.0.0.1:${ports.upstream}`]]);
  const gateway = new ManagedProcess({
    command: process.execPath,
    arguments: ["--enable-source-maps", join(repositoryRoot, "apps/gateway/dist/main.js"), "--config", join(directory, "gateway.yaml")],
    logFile: join(directory, "output.txt"),
  });
  await gateway.waitForOutput('"started"');
  return gateway;
}

function changeYaml(file: string, changes: readonly (readonly [readonly (string | number)[], string | number])[]): void {
  const document = parseDocument(readFileSync(file, "utf8"));
  for (const [path, value] of changes) {
    if (!document.hasIn(path)) throw new Error(`${file} has no ${path.join(".")}`);
    document.setIn(path, value);
  }
  writeFileSync(file, document.toString());
}

/** Sends the call as to the article's host, and returns the line that came of it. */
async function lineOf(call: Call, port: number, lines: () => readonly Buffer[]): Promise<Buffer> {
  const before = lines().length;
  await send(call, port);
  return waitFor(() => lines()[before], { what: `the line of ${call.method} ${call.path}` });
}

function send({ method, path, body }: Call, port: number): Promise<void> {
  const headers = { host: `47.96.238.21:${port}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      response.resume().on("end", resolve).on("error", reject);
    });
    sent.on("error", reject).end(body);
  });
}

function linesIn(directory: string, isLog: (name: string) => boolean): readonly Buffer[] {
  return readdirSync(directory)
    .filter(isLog)
    .flatMap((name) => splitLines(readFileSync(join(directory, name))));
}

/** As bytes: the original's lines need not be UTF-8. Ours is one file, and what is after the last line end is not yet a line. */
function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let begin = 0;
  for (let end = bytes.indexOf("\n"); end !== -1; end = bytes.indexOf("\n", begin)) {
    lines.push(bytes.subarray(begin, end));
    begin = end + 1;
  }
  return lines;
}
