import { createServer, type Socket } from "node:net";
import { certificateAuthority, seededRandom, seedOfRun, startFlakyProxy, waitFor } from "@gatelog/testkit";
import { afterEach, expect, test } from "vitest";
import { createLumberjackClient, type LumberjackClientOptions } from "./client.ts";
import { encodeAck, encodeEvents } from "./encoder.ts";
import { version2 } from "./protocol.ts";
import { createLumberjackServer } from "./server.ts";

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A receiver that does with each connection as it is told. */
async function scripted(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)));
}

function clientOf(port: number, options: Partial<LumberjackClientOptions> = {}) {
  const client = createLumberjackClient({
    hosts: [`127.0.0.1:${port}`],
    timeoutMs: 10_000,
    retry: { minMs: 1, maxMs: 5 },
    compressionLevel: 0,
    ...options,
  });
  cleanUps.push(() => client.close());
  return client;
}

const ack = (sequence: number) => encodeAck(version2, sequence);
const eventsOf = (count: number, bytes = 10) =>
  Array.from({ length: count }, () => Buffer.from(JSON.stringify({ text: "x".repeat(bytes) })));

/** Answers once something came. */
const answering =
  (...answers: readonly Buffer[]) =>
  (socket: Socket) =>
    void socket.once("data", () => void socket.write(Buffer.concat(answers)));

test("an ACK of more events than the window has ends the connection", async () => {
  const client = clientOf(await scripted(answering(ack(11))));
  await expect(client.send(eventsOf(10))).rejects.toMatchObject({
    code: "GATELOG_LUMBERJACK_PROTOCOL",
    permanent: false,
    message: expect.stringContaining("acknowledged event 11 of a window of 10"),
  });
});

test("an ACK while nothing was sent ends the connection, and acknowledges nothing that is sent later", async () => {
  const client = clientOf(await scripted((socket) => void socket.write(ack(1))));
  await client.connect();
  await waitFor(() => /acknowledged event 1 while it had been sent none/.test(client.status().reason ?? ""));
});

test("a second ACK of the last window ends the connection", async () => {
  const port = await scripted(answering(ack(3), ack(3)));
  const client = clientOf(port);
  await client.send(eventsOf(3));
  await waitFor(() => /had been sent none/.test(client.status().reason ?? ""));
});

test("keep-alives while nothing is pending do no harm", async () => {
  const client = clientOf(await scripted(answering(ack(0), ack(0), ack(2), ack(0), ack(0))));
  await client.send(eventsOf(2));
  expect(client.status().connected).toBe(true);
});

test("ACKs that go back acknowledge nothing more and end nothing", async () => {
  const client = clientOf(await scripted(answering(ack(2), ack(1), ack(0), ack(2), ack(3))));
  await client.send(eventsOf(3));
});

test("a receiver that acknowledges in part and leaves has acknowledged nothing", async () => {
  const port = await scripted((socket) => void socket.once("data", () => socket.end(ack(9))));
  await expect(clientOf(port).send(eventsOf(10))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_DISCONNECTED", permanent: false });
});

test("a receiver that closes its half ends the connection, though it goes on reading", async () => {
  const port = await scripted((socket) => {
    socket.once("data", () => socket.end());
    socket.resume();
  });
  await expect(clientOf(port).send(eventsOf(10))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_DISCONNECTED", permanent: false });
});

test("a receiver that resets in the middle of a window rejects it", async () => {
  const port = await scripted((socket) => void socket.once("data", () => socket.resetAndDestroy()));
  const outcomes = await Promise.allSettled([1, 2].map(() => clientOf(port).send(eventsOf(2000, 5000))));
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: "GATELOG_LUMBERJACK_DISCONNECTED", permanent: false } });
});

test("a receiver that takes no bytes is given up after the time-out", async () => {
  const client = clientOf(await scripted((socket) => void socket.pause()), { timeoutMs: 150 });
  await expect(client.send(eventsOf(5000, 5000))).rejects.toMatchObject({
    code: "GATELOG_LUMBERJACK_TIMEOUT",
    message: expect.stringMatching(/150 ms the receiver took no byte and answered nothing/),
  });
});

test("a receiver that takes no bytes over TLS is given up after the time-out", async () => {
  const root = certificateAuthority("root");
  const { certificate, key } = root.issue("receiver");
  const server = createLumberjackServer({
    host: "127.0.0.1",
    port: 0,
    tls: { material: () => ({ cert: certificate, key }) },
    onBatch: () => Promise.resolve(),
  });
  const { port } = await server.start();
  cleanUps.push(() => server.stop());
  const proxy = await startFlakyProxy(port);
  cleanUps.push(() => proxy.close());
  const client = clientOf(proxy.port, { timeoutMs: 200, tls: { material: () => ({ ca: root.certificate }) } });
  await client.send(eventsOf(1));
  proxy.stall();
  await expect(client.send(eventsOf(5000, 5000))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_TIMEOUT" });
});

test("a receiver that takes bytes slowly is waited for, as long as it takes some", async () => {
  const timeoutMs = 400;
  const port = await scripted((socket) => {
    let bytes = 0;
    socket.pause();
    const timer = setInterval(() => {
      const chunk = socket.read(1_000_000) ?? socket.read();
      bytes += (chunk as Buffer | null)?.length ?? 0;
      if (bytes >= total) socket.write(ack(4000));
      if (bytes >= total) clearInterval(timer);
    }, 25);
    cleanUps.push(() => clearInterval(timer));
  });
  const window = encodeEvents(eventsOf(4000, 5000));
  const total = window.frames.length + 6;
  const startMs = performance.now();
  await clientOf(port, { timeoutMs }).sendWindow(window);
  expect(performance.now() - startMs).toBeGreaterThan(timeoutMs);
});

test("a receiver that sends keep-alives for ever is waited for: it says that it is at work", async () => {
  let beats = 0;
  const port = await scripted((socket) => {
    const timer = setInterval(() => {
      beats += 1;
      if (beats < 40) socket.write(ack(0));
      else if (beats === 40) socket.write(ack(1));
    }, 10);
    cleanUps.push(() => clearInterval(timer));
    socket.resume();
  });
  await clientOf(port, { timeoutMs: 200 }).send(eventsOf(1));
  expect(beats).toBeGreaterThanOrEqual(40);
});

test("a window that is acknowledged before its last byte is out settles only then, for its memory is still read", async () => {
  let resume = () => {};
  const port = await scripted((socket) => {
    socket.once("data", () => {
      socket.pause();
      socket.write(ack(4000));
      resume = () => void socket.resume();
    });
  });
  const client = clientOf(port);
  let isSettled = false;
  const sending = client.sendWindow(encodeEvents(eventsOf(4000, 5000))).then(() => (isSettled = true));
  await waitFor(() => resume.toString() !== "() => {}");
  // Long enough for the ACK to come: another round trip of the same client would not be told apart.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isSettled).toBe(false);
  resume();
  await sending;
});

test("answers at random never acknowledge what was not acknowledged, and never crash", async () => {
  const random = seededRandom(seedOfRun());
  const pieces = [() => ack(0), () => ack(random.integer(0, 4)), () => ack(2 ** 32 - 1), () => Buffer.from([random.integer(0, 255)])];
  for (let round = 0; round < 150; round += 1) {
    const answer = Buffer.concat(Array.from({ length: random.integer(0, 6) }, () => random.pick(pieces)()));
    const ending = random.pick(["end", "destroy", "reset"] as const);
    const port = await scripted((socket) => {
      socket.once("data", () => {
        socket.write(answer, () => {
          if (ending === "end") socket.end();
          else if (ending === "destroy") socket.destroy();
          else socket.resetAndDestroy();
        });
      });
    });
    const outcome = await clientOf(port)
      .send(eventsOf(3))
      .then(
        () => "acknowledged",
        (error: unknown) => error,
      );
    const said = `seed ${random.seed}, round ${round}, answer ${answer.toString("hex")}`;
    if (outcome === "acknowledged") expect(answer.includes(ack(3)), said).toBe(true);
    else expect(outcome, said).toMatchObject({ permanent: false, code: expect.stringMatching(/^GATELOG_LUMBERJACK_/) });
  }
});
