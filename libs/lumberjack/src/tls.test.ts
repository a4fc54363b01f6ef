import { createPrivateKey } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Certificate, certificateAuthority, selfSigned, waitFor } from "@gatelog/testkit";
import { afterEach, expect, test } from "vitest";
import { createLumberjackClient, type LumberjackClientOptions } from "./client.ts";
import type { LumberjackClientEvent } from "./host-link.ts";
import { windowFrame } from "./raw-peer.test-helper.ts";
import { createLumberjackServer, type LumberjackServerEvent, type LumberjackServerOptions } from "./server.ts";
import type { LumberjackClientTls, LumberjackServerTls, TlsMaterial } from "./tls.ts";

const root = certificateAuthority("the root");
const stranger = certificateAuthority("another root");
const received = root.issue("receiver");
const sending = root.issue("sender");
const yesterday = { notBefore: new Date(Date.now() - 2 * 86_400_000), notAfter: new Date(Date.now() - 86_400_000) };

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const own = ({ certificate, key }: Certificate): TlsMaterial => ({ cert: certificate, key });
const trust = { ca: root.certificate };

async function receiver(tls: LumberjackServerTls, options: Partial<LumberjackServerOptions> = {}) {
  const stored: string[] = [];
  const events: LumberjackServerEvent[] = [];
  const server = createLumberjackServer({
    host: "127.0.0.1",
    port: 0,
    tls,
    onEvent: (event) => events.push(event),
    onBatch: (batch) => Promise.resolve(void stored.push(...batch.map((event) => Buffer.from(event).toString()))),
    ...options,
  });
  const { port } = await server.start();
  cleanUps.push(() => server.stop());
  return { server, port, stored, events, handshakeFailed: () => waitFor(() => events.find(({ type }) => type === "handshakeFailed")) };
}

function sender(port: number, tls?: LumberjackClientTls, options: Partial<LumberjackClientOptions> = {}) {
  const retry = { minMs: 1, maxMs: 5 };
  const client = createLumberjackClient({ hosts: [`127.0.0.1:${port}`], timeoutMs: 10_000, retry, ...(tls && { tls }), ...options });
  cleanUps.push(() => client.close());
  return client;
}

const event = [Buffer.from('{"message":"密"}')];

/** Both ends for the usual case, changed where a test needs it. */
function bothEnds(changes: { server?: Partial<LumberjackServerTls>; client?: Partial<LumberjackClientTls> }) {
  const server = { material: () => ({ ...own(received), ...trust }), ...changes.server };
  const client = { material: () => ({ ...own(sending), ...trust }), ...changes.client };
  return { server, client };
}

async function expectRefusal(ends: ReturnType<typeof bothEnds>, reason: RegExp): Promise<LumberjackServerEvent[]> {
  const fixture = await receiver(ends.server);
  const client = sender(fixture.port, ends.client);
  await expect(client.send(event)).rejects.toMatchObject({
    code: "GATELOG_LUMBERJACK_TLS",
    permanent: false,
    message: expect.stringMatching(reason),
  });
  expect(client.status()).toMatchObject({ connected: false, reason: expect.stringMatching(reason) });
  expect(fixture.stored).toEqual([]);
  return fixture.events;
}

test.each(["TLSv1.2", "TLSv1.3"] as const)("events travel over TLS, at least in version %s", async (minVersion) => {
  const ends = bothEnds({ server: { minVersion }, client: { minVersion } });
  const fixture = await receiver(ends.server);
  await sender(fixture.port, ends.client).send(event);
  expect(fixture.stored).toEqual(event.map(String));
});

test("a sender and a receiver without a TLS version in common say so", async () => {
  const fixture = await receiver(bothEnds({ server: { minVersion: "TLSv1.3" } }).server);
  const socket = connectTls({ port: fixture.port, host: "127.0.0.1", maxVersion: "TLSv1.2", rejectUnauthorized: false });
  socket.on("error", () => {});
  const failed = await fixture.handshakeFailed();
  expect(failed).toMatchObject({ error: { code: "GATELOG_LUMBERJACK_TLS", message: expect.stringMatching(/no TLS version in common/) } });
});

test("megabytes of a window arrive over TLS as they are", async () => {
  const ends = bothEnds({});
  const fixture = await receiver(ends.server);
  const events = Array.from({ length: 20_000 }, (_, index) => Buffer.from(JSON.stringify({ index, text: "x".repeat(200) })));
  await sender(fixture.port, ends.client, { compressionLevel: 0 }).send(events);
  expect(fixture.stored).toEqual(events.map(String));
});

test("mutual TLS lets in who shows a certificate of the right authority", async () => {
  const ends = bothEnds({ server: { clientAuthentication: "required" } });
  const fixture = await receiver(ends.server);
  await sender(fixture.port, ends.client).send(event);
  expect(fixture.stored).toEqual(event.map(String));
});

test.each(["required", "optional"] as const)(
  "client certificates that are %s are of an authority that is named",
  async (clientAuthentication) => {
    const material = () => own(root.issue("receiver"));
    await expect(receiver({ material, clientAuthentication })).rejects.toMatchObject({
      code: "GATELOG_LUMBERJACK_TLS",
      message: expect.stringMatching(/needs tls.ca/),
    });
  },
);

test.each(["TLSv1.2", "TLSv1.3"] as const)("a missing client certificate is refused in %s, and both sides say why", async (minVersion) => {
  const ends = bothEnds({ server: { clientAuthentication: "required", minVersion }, client: { material: () => trust } });
  const fixture = await receiver(ends.server);
  await expect(sender(fixture.port, ends.client).send(event)).rejects.toMatchObject({ permanent: false });
  const failed = await fixture.handshakeFailed();
  expect(failed).toMatchObject({ error: { code: "GATELOG_LUMBERJACK_TLS", message: expect.stringMatching(/has no client certificate/) } });
  expect(fixture.stored).toEqual([]);
});

test("a missing client certificate is named to the sender", async () => {
  const ends = bothEnds({ server: { clientAuthentication: "required" }, client: { material: () => trust } });
  const fixture = await receiver(ends.server);
  const client = sender(fixture.port, ends.client);
  // In TLS 1.3 the sender is through with its handshake before the receiver looks at the certificate.
  await client.connect();
  await waitFor(() => /wants a client certificate/.test(client.status().reason ?? ""));
});

test.each([
  ["its common name", "sender", true],
  ["an alternative name", "tailer-1.example", true],
  ["a part of a name", "send", false],
  ["a wildcard's host", "any.wild.example", false],
])("a sender is let in by %s (%s): %s", async (_, name, isLetIn) => {
  const certificate = root.issue("sender", { names: ["tailer-1.example", "*.wild.example"] });
  const ends = bothEnds({
    server: { clientAuthentication: "required", clientNames: ["somebody else", name] },
    client: { material: () => ({ ...own(certificate), ...trust }) },
  });
  const fixture = await receiver(ends.server);
  const sent = sender(fixture.port, ends.client).send(event);
  if (isLetIn) await sent;
  else {
    await expect(sent).rejects.toMatchObject({ permanent: false });
    const failed = await fixture.handshakeFailed();
    expect(failed).toMatchObject({ error: { message: expect.stringMatching(/is for sender, which tls.clientNames does not name/) } });
  }
  expect(fixture.stored).toHaveLength(isLetIn ? 1 : 0);
});

test("names of senders without a required certificate do not start", async () => {
  const { server } = bothEnds({ server: { clientAuthentication: "optional", clientNames: ["sender"] } });
  await expect(receiver(server)).rejects.toMatchObject({ message: expect.stringMatching(/clientNames needs .*required/) });
});

test.each([
  ["another authority", stranger.issue("sender"), /issued by nobody in tls.ca/],
  ["long ago", root.issue("sender", yesterday), /has expired/],
])("a client certificate of %s is refused, whether one is required or not", async (_, certificate, reason) => {
  for (const clientAuthentication of ["required", "optional"] as const) {
    const ends = bothEnds({ server: { clientAuthentication }, client: { material: () => ({ ...own(certificate), ...trust }) } });
    const fixture = await receiver(ends.server);
    await expect(sender(fixture.port, ends.client).send(event)).rejects.toMatchObject({ permanent: false });
    const failed = await fixture.handshakeFailed();
    expect(failed).toMatchObject({ error: { code: "GATELOG_LUMBERJACK_TLS", message: expect.stringMatching(reason) } });
    expect(fixture.stored).toEqual([]);
  }
});

test("an optional client certificate may be missing", async () => {
  const ends = bothEnds({ server: { clientAuthentication: "optional" }, client: { material: () => trust } });
  const fixture = await receiver(ends.server);
  await sender(fixture.port, ends.client).send(event);
  expect(fixture.stored).toHaveLength(1);
});

test("certificates of an intermediate authority are verified where the chain is sent along", async () => {
  const intermediate = root.intermediate("the department");
  const chained = (name: string): TlsMaterial => {
    const { certificate, key } = intermediate.issue(name);
    return { ...trust, cert: certificate + intermediate.certificate, key };
  };
  const ends = bothEnds({
    server: { material: () => chained("receiver"), clientAuthentication: "required" },
    client: { material: () => chained("sender") },
  });
  const fixture = await receiver(ends.server);
  await sender(fixture.port, ends.client).send(event);
  expect(fixture.stored).toHaveLength(1);
  const bare = bothEnds({ server: { material: () => own(intermediate.issue("receiver")) } });
  await expectRefusal(bare, /without the intermediate certificates/);
});

test.each([
  ["an expired", root.issue("receiver", yesterday), /has expired/],
  ["a not yet valid", root.issue("receiver", { notBefore: new Date(Date.now() + 3_600_000) }), /not valid yet/],
  ["a misnamed", root.issue("receiver", { names: ["receiver.example"] }), /is for another name.*receiver\.example|is for another name/],
  ["a stranger's", stranger.issue("receiver"), /issued by nobody in tls.ca/],
  ["a self-signed", selfSigned("receiver"), /self-signed and not in tls.ca/],
])("%s certificate of the receiver is refused with its reason", async (_, certificate, reason) => {
  await expectRefusal(bothEnds({ server: { material: () => own(certificate) } }), reason);
});

test("the name that is verified may be given", async () => {
  const server = { material: () => own(root.issue("receiver", { names: ["receiver.example"] })) };
  const fixture = await receiver(server);
  await sender(fixture.port, { material: () => trust, serverName: "receiver.example" }).send(event);
  expect(fixture.stored).toHaveLength(1);
});

test("verification of the certificate alone does not look at the name, but at everything else", async () => {
  const misnamed = bothEnds({
    server: { material: () => own(root.issue("receiver", { names: ["other.example"] })) },
    client: { verification: "certificate" },
  });
  const fixture = await receiver(misnamed.server);
  await sender(fixture.port, misnamed.client).send(event);
  expect(fixture.stored).toHaveLength(1);
  const foreign = bothEnds({ server: { material: () => own(stranger.issue("receiver")) }, client: { verification: "certificate" } });
  await expectRefusal(foreign, /issued by nobody in tls.ca/);
});

test("verification may be off", async () => {
  const ends = bothEnds({ server: { material: () => own(stranger.issue("receiver", yesterday)) }, client: { verification: "none" } });
  const fixture = await receiver(ends.server);
  await sender(fixture.port, ends.client).send(event);
  expect(fixture.stored).toHaveLength(1);
});

test("reloaded certificates are used for new connections, and those that are open stay", async () => {
  let current = root;
  const fixture = await receiver({ material: () => ({ ...own(current.issue("receiver")), ca: current.certificate }) });
  const early = sender(fixture.port, { material: () => trust });
  await early.send(event);
  current = stranger;
  await fixture.server.reloadTls();
  await early.send(event);
  expect(early.status().connected).toBe(true);
  await sender(fixture.port, { material: () => ({ ca: stranger.certificate }) }).send(event);
  await expect(sender(fixture.port, { material: () => trust }).send(event)).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_TLS" });
  expect(fixture.stored).toHaveLength(3);
});

test("a sender finds the receiver again once its own certificates were replaced", async () => {
  const ends = bothEnds({ server: { clientAuthentication: "required" } });
  const fixture = await receiver(ends.server);
  let material: TlsMaterial = { ...own(stranger.issue("sender")), ...trust };
  const client = sender(fixture.port, { material: () => material });
  await expect(client.send(event)).rejects.toMatchObject({ permanent: false });
  material = { ...own(sending), ...trust };
  await client.send(event);
  expect(fixture.stored).toHaveLength(1);
});

test("a reload that fails leaves in use what was in use", async () => {
  let material: TlsMaterial = own(received);
  const fixture = await receiver({ material: () => material });
  material = { cert: "no certificate", key: "no key" };
  await expect(fixture.server.reloadTls()).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_TLS" });
  await sender(fixture.port, { material: () => trust }).send(event);
});

test.each([
  ["a file that is missing", () => Promise.reject(new Error("ENOENT: no such file, open 'key.pem'")), /open 'key\.pem'/],
  ["a certificate that is none", () => ({ cert: "nonsense", key: received.key }), /PEM|no start line/i],
  ["a key of another certificate", () => ({ cert: received.certificate, key: sending.key }), /key values mismatch/],
])("%s is one clear error on either side", async (_, material, reason) => {
  const clear = { code: "GATELOG_LUMBERJACK_TLS", message: expect.stringMatching(reason) };
  const server = createLumberjackServer({ host: "127.0.0.1", port: 0, tls: { material }, onBatch: () => Promise.resolve() });
  await expect(server.start()).rejects.toMatchObject(clear);
  const fixture = await receiver(bothEnds({}).server);
  await expect(sender(fixture.port, { material }).send(event)).rejects.toMatchObject({ ...clear, permanent: false });
});

test("an encrypted key is opened with its passphrase", async () => {
  const encrypted = createPrivateKey(received.key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "开门" });
  const fixture = await receiver({ material: () => ({ cert: received.certificate, key: encrypted.toString(), passphrase: "开门" }) });
  await sender(fixture.port, { material: () => trust }).send(event);
  expect(fixture.stored).toHaveLength(1);
});

test("a sender without TLS and a receiver with it, and the other way round, say what is wrong", async () => {
  const encrypted = await receiver(bothEnds({}).server);
  await expect(sender(encrypted.port).send(event)).rejects.toMatchObject({ permanent: false });
  expect(await encrypted.handshakeFailed()).toMatchObject({ error: { message: expect.stringMatching(/does not speak TLS/) } });
  const plain = createLumberjackServer({
    host: "127.0.0.1",
    port: 0,
    onBatch: () => Promise.resolve(),
    onEvent: (told) => events.push(told),
  });
  const events: LumberjackServerEvent[] = [];
  const { port } = await plain.start();
  cleanUps.push(() => plain.stop());
  await expect(sender(port, bothEnds({}).client).send(event)).rejects.toMatchObject({ permanent: false });
  await waitFor(() => events.some((told) => told.type === "disconnected" && /TLS handshake/.test(String(told.error))));
});

test("a sender with TLS that the receiver closes as idle sees no failure, and connects again when it has something", async () => {
  const ends = bothEnds({});
  const fixture = await receiver(ends.server, { inactivityTimeoutMs: 100 });
  const told: LumberjackClientEvent[] = [];
  const client = sender(fixture.port, ends.client, { onEvent: (each) => told.push(each) });
  await client.send(event);
  await waitFor(() => told.some(({ type }) => type === "disconnected"));
  await client.send(event);
  expect(told.filter((each) => "error" in each)).toEqual([]);
  expect(fixture.stored).toHaveLength(2);
});

test("a handshake that does not go on is ended, and counts among the connections until then", async () => {
  const ends = bothEnds({ server: { handshakeTimeoutMs: 300 } });
  const fixture = await receiver(ends.server, { connectionsMax: 2 });
  const idle = [0, 1].map(() => connectTcp(fixture.port, "127.0.0.1"));
  for (const socket of idle) socket.on("error", () => {});
  cleanUps.push(() => idle.forEach((socket) => socket.destroy()));
  await waitFor(() => fixture.server.status().handshaking === 2);
  const third = connectTcp(fixture.port, "127.0.0.1");
  third.on("error", () => {});
  await waitFor(() => third.closed);
  expect(fixture.events).toContainEqual(expect.objectContaining({ type: "refused" }));
  const failed = await fixture.handshakeFailed();
  expect(failed).toMatchObject({ error: { message: expect.stringMatching(/took too long/) } });
  await waitFor(() => idle.every((socket) => socket.closed) && fixture.server.status().handshaking === 0);
  await sender(fixture.port, ends.client).send(event);
});

test("stop does not wait for a handshake", async () => {
  const fixture = await receiver(bothEnds({}).server);
  const idle = connectTcp(fixture.port, "127.0.0.1");
  idle.on("error", () => {});
  await waitFor(() => fixture.server.status().handshaking === 1);
  await fixture.server.stop();
  await waitFor(() => idle.closed);
});

test("a peer that closed its half of a TLS connection still gets its ACK", async () => {
  const fixture = await receiver(bothEnds({}).server);
  const socket = connectTls({ port: fixture.port, host: "127.0.0.1", ca: root.certificate });
  const answers: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => answers.push(chunk));
  socket.on("error", () => {});
  socket.end(Buffer.concat([windowFrame(1), Buffer.from("2J\0\0\0\x07\0\0\0\x02{}", "latin1")]));
  await waitFor(() => Buffer.concat(answers).length === 6);
  expect(Buffer.concat(answers)).toEqual(Buffer.from("2A\0\0\0\x07", "latin1"));
});
