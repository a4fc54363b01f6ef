import { join } from "node:path";
import { freePort } from "@gatelog/testkit";
import { benchDirectory } from "../clean-up.ts";
import { originalConfiguration, replaceOnce, startNginx } from "../nginx.ts";
import { RecordCounter } from "../record-counter.ts";
import type { Candidate } from "./candidate.ts";

/** The article's gateway as it was published. */
export const original: Candidate = {
  name: "original",
  note: "the article's nginx.conf",
  start: (upstreamPort) => start("original", upstreamPort, (text) => text),
};

/** The same as an nginx expert would set it up. */
export const tuned: Candidate = {
  name: "tuned",
  note: "the same with upstream keep-alive, buffered access log, more connections, no body limit",
  start: (upstreamPort) => start("tuned", upstreamPort, tune),
};

async function start(name: string, upstreamPort: number, change: (configuration: string) => string) {
  const directory = await benchDirectory(name);
  const port = await freePort();
  const configuration = change(originalConfiguration({ listen: port, upstream: upstreamPort }));
  const nginx = await startNginx({ directory: directory.path, configuration, port });
  const stop = async () => {
    await nginx.stop();
    await directory.remove();
  };
  const records = new RecordCounter(join(directory.path, "logs"), (file) => file === "test.log");
  return { name, pid: nginx.pid, port, records, output: () => nginx.output(), stop };
}

function tune(configuration: string): string {
  const changes: readonly [string, string][] = [
    ["access_log logs/test.log myformat;", "access_log logs/test.log myformat buffer=64k flush=1s;"],
    ["upstream tomcatTest {", "upstream tomcatTest { keepalive 256; keepalive_requests 1000000000;"],
    ["proxy_pass http://tomcatTest;", 'proxy_pass http://tomcatTest; proxy_http_version 1.1; proxy_set_header Connection "";'],
    ["worker_connections 1024;", "worker_connections 16384;"],
    ["lua_need_request_body on;", "lua_need_request_body on; client_max_body_size 0; keepalive_requests 1000000000;"],
  ];
  return changes.reduce((text, [from, to]) => replaceOnce(text, from, to), configuration);
}
