import { writeFile } from "node:fs/promises";
import { certificateAuthority, selfSigned, waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "../process.test-helper.ts";
import { createReceiver, type Receiver } from "../receiver.test-helper.ts";

const authority = certificateAuthority("gatelog test");
const server = authority.issue("receiver");

let stage: Stage;
let receiver: Receiver;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(async () => {
  await receiver.stop();
  await stage.remove();
});

/** A receiver that shows `server`, and wants a certificate of the authority where told to. */
async function startReceiver(clientAuthentication: "none" | "required" = "none"): Promise<void> {
  const material = () => ({ cert: server.certificate, key: server.key, ca: authority.certificate });
  receiver = await createReceiver({ material, clientAuthentication });
  await receiver.start();
}

async function configureTls(tls: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<void> {
  await stage.configure({ output: { lumberjack: { hosts: [`localhost:${receiver.port}`], tls, ...more } } });
}

/** The reason that /readyz gives for the output, once it matches. */
const isRed = (reason: RegExp) =>
  waitFor(
    async () => {
      const { status, body } = await stage.ready();
      return status === 503 && reason.test(JSON.stringify(body.reasons));
    },
    { what: String(reason) },
  );

test("lines arrive over TLS when the receiver's certificate is trusted", async () => {
  await startReceiver();
  await writeFile(stage.at("ca.pem"), authority.certificate);
  await configureTls({ ca: ["./ca.pem"], minVersion: "TLSv1.3" });
  await stage.append(...numbered(1, 100));
  const tailer = await stage.start();
  await receiver.arrived(100);
  await waitFor(async () => (await stage.ready()).status === 200);
  expect((await tailer.stop()).code).toBe(0);
});

test("a receiver that nobody vouches for: up, not ready, with the reason; a corrected ca is taken up without a restart", async () => {
  await startReceiver();
  await writeFile(stage.at("ca.pem"), selfSigned("somebody else").certificate);
  await configureTls({ ca: ["./ca.pem"] });
  await stage.append(...numbered(1, 10));
  const tailer = await stage.start();
  await isRed(/output: .*issued by nobody in tls\.ca/);
  expect(receiver.byId.size).toBe(0);
  await writeFile(stage.at("ca.pem"), authority.certificate);
  await receiver.arrived(10);
  expect(tailer.output()).toContain("GATELOG_TAILER_TLS_RELOADED");
  expect(await stage.metric("gatelog_tailer_tls_reloads_total")).toBe(1);
  expect((await tailer.stop()).code).toBe(0);
});

test("a certificate for another name is refused, and accepted where serverName or verification says so", async () => {
  await startReceiver();
  await writeFile(stage.at("ca.pem"), authority.certificate);
  await configureTls({ ca: ["./ca.pem"], serverName: "logstash.example" });
  await stage.append("one");
  const tailer = await stage.start();
  await isRed(/output: .*another name/);
  await tailer.kill();
  await configureTls({ ca: ["./ca.pem"], serverName: "logstash.example", verification: "certificate" });
  expect((await stage.run("--config", stage.config, "--once")).code).toBe(0);
  expect(receiver.byId.size).toBe(1);
});

test("mutual TLS: the exchange of certificate and key is taken up by new connections, half of it is not", async () => {
  await startReceiver("required");
  const first = authority.issue("tailer 1");
  const second = authority.issue("tailer 2");
  await writeFile(stage.at("ca.pem"), authority.certificate);
  await writeFile(stage.at("tailer.crt"), first.certificate);
  await writeFile(stage.at("tailer.key"), first.key);
  await configureTls({ ca: ["./ca.pem"], cert: "./tailer.crt", key: "./tailer.key" });
  await stage.append(...numbered(1, 10));
  const tailer = await stage.start();
  await receiver.arrived(10);
  await writeFile(stage.at("tailer.crt"), second.certificate);
  await receiver.stop();
  await stage.append(...numbered(11, 20));
  await receiver.start();
  await receiver.arrived(20);
  expect(tailer.output()).toContain("GATELOG_TAILER_TLS_UNUSABLE");
  expect(await stage.metric("gatelog_tailer_tls_failures_total")).toBe(1);
  await writeFile(stage.at("tailer.key"), second.key);
  await receiver.stop();
  await stage.append(...numbered(21, 30));
  await receiver.start();
  await receiver.arrived(30);
  expect(await stage.metric("gatelog_tailer_tls_reloads_total")).toBe(1);
  expect((await tailer.stop()).code).toBe(0);
});

test("a receiver that wants a certificate and gets none says so; a file that cannot be used is one sentence at the start", async () => {
  await startReceiver("required");
  await writeFile(stage.at("ca.pem"), authority.certificate);
  await configureTls({ ca: ["./ca.pem"] });
  await stage.append("one");
  const tailer = await stage.start();
  await isRed(/output: .*client certificate/);
  await tailer.kill();
  await writeFile(stage.at("ca.pem"), "no certificate");
  for (const flag of [[], ["--check"]]) {
    const { code, stdout, stderr } = await stage.run("--config", stage.config, ...flag);
    expect([code, stdout + stderr]).toEqual([
      1,
      expect.stringMatching(/tailer\.yaml:1:\d+: output\.lumberjack\.tls\.ca\[0\]: .*ca\.pem cannot be used/),
    ]);
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
  }
});
