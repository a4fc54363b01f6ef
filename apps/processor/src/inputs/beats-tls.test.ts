import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLumberjackClient } from "@gatelog/lumberjack";
import { type Certificate, certificateAuthority, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Bench, beatsEvent, recordLine, type RunningProcessor } from "../processor.test-helper.ts";

// Real processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

const root = certificateAuthority("the root");
const tailer = root.issue("tailer-1");
let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
  place(root.issue("processor"));
  writeFileSync(join(bench.dir, "ca.pem"), root.certificate);
});

afterEach(async () => {
  await bench.close();
});

function place({ certificate, key }: Certificate): void {
  writeFileSync(join(bench.dir, "cert.pem"), certificate);
  writeFileSync(join(bench.dir, "key.pem"), key);
}

const files = { cert: "./cert.pem", key: "./key.pem" };
const mutual = { ...files, ca: ["./ca.pem"], clientAuthentication: "required", clientNames: ["tailer-1"] };
const inputs = (tls: unknown) => ({ inputs: [{ beats: { port: 0, tls } }] });

/** Sends one event; rejects when it was not acknowledged. */
async function send(processor: RunningProcessor, own?: Certificate, authority = root): Promise<void> {
  const material = { ca: authority.certificate, ...(own && { cert: own.certificate, key: own.key }) };
  const client = createLumberjackClient({
    hosts: [`127.0.0.1:${processor.beatsPort}`],
    timeoutMs: 10_000,
    tls: { material: () => material },
  });
  try {
    await client.send([beatsEvent(recordLine(1), 0)]);
  } finally {
    client.close();
  }
}

it("takes events over mutual TLS from the senders that are named, and from nobody else", async () => {
  const processor = await bench.start(inputs(mutual));
  const messages = await bench.collect();
  await expect(send(processor)).rejects.toThrow();
  await expect(send(processor, root.issue("somebody"))).rejects.toThrow();
  await expect(send(processor, certificateAuthority("another root").issue("tailer-1"))).rejects.toThrow();
  expect(messages).toEqual([]);
  await send(processor, tailer);
  await waitFor(() => messages.length === 1);
  const log = processor.process.output();
  expect(log).toMatch(/has no client certificate/);
  expect(log).toMatch(/is for somebody, which tls\.clientNames does not name/);
});

it("takes changed files into use without a restart, and keeps the old ones while the new ones are no good", async () => {
  const processor = await bench.start(inputs(files));
  await send(processor);
  writeFileSync(join(bench.dir, "cert.pem"), "half a certificate");
  await waitFor(() => processor.process.output().includes("GATELOG_PROCESSOR_TLS_UNUSABLE"), { deadlineMs: 30_000 });
  await send(processor);
  const successor = certificateAuthority("the next root");
  place(successor.issue("processor"));
  await waitFor(() => processor.process.output().includes("GATELOG_PROCESSOR_TLS_RELOADED"), { deadlineMs: 30_000 });
  await send(processor, undefined, successor);
});

it.each([
  [
    "a certificate that is not there",
    { ...files, cert: "./none.pem" },
    /inputs\[0\]\.beats\.tls\.cert: .*none\.pem cannot be used: there is no such file/,
  ],
  [
    "another certificate's key",
    { ...files, key: "./other.pem" },
    /tls\.key: .*other\.pem cannot be used: it is not the key of the certificate/,
  ],
  ["mutual TLS without an authority", { ...files, clientAuthentication: "required" }, /clientAuthentication: required needs ca/],
  ["names without certificates", { ...files, clientNames: ["a"] }, /clientNames: needs clientAuthentication: required/],
])("tells of %s in one sentence, at the start and by --check", async (_, tls, sentence) => {
  writeFileSync(join(bench.dir, "other.pem"), root.issue("other").key);
  const started = bench.launch(inputs(tls));
  expect(await started.exited).toMatchObject({ code: 1 });
  expect(started.output()).toMatch(sentence);
  expect(started.output()).not.toMatch(/\n\s+at /);
  const [main = "", ...rest] = started.child.spawnargs.slice(started.child.spawnargs.indexOf(process.execPath) + 1);
  const checked = spawnSync(process.execPath, [main, ...rest, "--check"], { encoding: "utf8" });
  expect(checked.status).toBe(1);
  expect(checked.stdout + checked.stderr).toMatch(sentence);
});
