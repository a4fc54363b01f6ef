import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManagedProcess, waitFor } from "@gatelog/testkit";
import type { NeededProgram } from "../debian.ts";
import type { Contender, RunningContender } from "./contender.ts";

/** Debian's rsyslog. */
export const rsyslogProgram: NeededProgram = { path: "/usr/sbin/rsyslogd", packages: ["rsyslog"] };

/** rsyslog's imfile, which sends plain lines over TCP, or one zlib stream of them. It knows no acknowledgement. */
export const rsyslog = (options: { readonly name: string; readonly zip: boolean }): Contender => ({
  name: options.name,
  protocol: options.zip ? "zippedLines" : "lines",
  start: ({ directory, receiverPort }) => start(options, directory, receiverPort),
});

async function start(options: { name: string; zip: boolean }, directory: string, receiverPort: number): Promise<RunningContender> {
  const at = (name: string) => join(directory, name);
  mkdirSync(at("state"));
  writeFileSync(at("rsyslog.conf"), configurationOf({ directory, receiverPort, zip: options.zip }));
  const rsyslog = new ManagedProcess({
    command: rsyslogProgram.path,
    arguments: ["-n", "-f", at("rsyslog.conf"), "-i", at("rsyslog.pid")],
    logFile: at("rsyslog.output"),
  });
  const check = () => {
    if (rsyslog.exit === undefined) return;
    throw new Error(`${options.name} ended with ${rsyslog.exit.code ?? rsyslog.exit.signal}: ${rsyslog.output().slice(-1500)}`);
  };
  try {
    // It says nothing when it is up; what imfile opens last is its inotify instance.
    await waitFor(() => rsyslog.exit !== undefined || hasInotify(rsyslog.pid), { what: `${options.name}'s inotify` });
    check();
  } catch (error) {
    await rsyslog.stop();
    throw error;
  }
  return { pid: rsyslog.pid, check, output: () => rsyslog.output(), stop: () => rsyslog.stop().then(() => undefined) };
}

function hasInotify(pid: number): boolean {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some((name) => linkOf(join(directory, name)) === "anon_inode:inotify");
}

/** Empty for what was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/**
 * Nothing but files to TCP: no parsing, a queue and batches as large as ours, its place saved every 10,000 lines, where by default it is
 * saved only at the end. Its own messages go to the default ruleset, which is empty.
 */
function configurationOf(options: { directory: string; receiverPort: number; zip: boolean }): string {
  const { directory, receiverPort, zip } = options;
  const compression = zip ? 'compression.mode="stream:always" zipLevel="3"' : "";
  return `global(workDirectory="${directory}/state" maxMessageSize="1m")
module(load="imfile" mode="inotify")
template(name="raw" type="string" string="%msg%\\n")
ruleset(name="bench" queue.type="FixedArray" queue.size="100000" queue.dequeueBatchSize="2048") {
  action(type="omfwd" target="127.0.0.1" port="${receiverPort}" protocol="tcp" template="raw" action.resumeRetryCount="-1" ${compression})
}
input(type="imfile" file="${directory}/logs/*.log" tag="bench" ruleset="bench" freshStartTail="off" persistStateInterval="10000")
`;
}
