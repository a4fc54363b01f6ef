import type { RequestListener } from "node:http";
import { marksOf, recordsOf, type GatewayOptions } from "./test/running-gateway.ts";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { RawClient } from "./test/raw-client.ts";
import { setUp, tearDown, tracked } from "./test/set-up.ts";
import { UnreliableDisk } from "./test/unreliable-disk.ts";

afterEach(tearDown);

const audited = { config: { log: { audit: true } } } as const;

/** What outlasts a power failure, by file. */
const durableRecords = (disk: UnreliableDisk) =>
  recordsOf(disk.durable.flatMap((text) => Buffer.from(text, "latin1").toString().split("\n")));

/** A gateway whose disk says when it has synced. */
async function heldBack(listener: RequestListener, options: GatewayOptions = audited) {
  const disk = new UnreliableDisk();
  let release: () => void = () => undefined;
  const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
  disk.decideSync = () => held;
  const { gateway } = await setUp(listener, { ...options, parts: { openFile: disk.open } });
  tracked({ stop: async () => release() });
  return { disk, gateway, release };
}

/** Calls and returns what came, and whether it has come to its end. */
function client(port: number, method = "GET", path = "/api", version = "1.1"): RawClient {
  const raw = new RawClient(port);
  tracked({ stop: async () => raw.reset() });
  void raw.send(`${method} ${path} HTTP/${version}\r\nhost: a\r\nconnection: close\r\n\r\n`);
  return raw;
}

const answers: [string, RequestListener, string, RegExp][] = [
  ["with a length", (_, response) => response.writeHead(200, { "content-length": "5" }).end("hello"), "GET", /hello$/],
  [
    "in chunks",
    (_, response) => {
      response.write("hello ");
      setTimeout(() => response.end("world"), 5);
    },
    "GET",
    /\r\n0\r\n\r\n$/,
  ],
  ["without a body", (_, response) => response.writeHead(204).end(), "GET", /^HTTP\/1.1 204 /],
  ["to HEAD", (_, response) => response.writeHead(200, { "content-length": "5" }).end(), "HEAD", /^HTTP\/1.1 200 /],
  ["with an empty body", (_, response) => response.writeHead(200, { "content-length": "0" }).end(), "POST", /^HTTP\/1.1 200 /],
  [
    "larger than one packet",
    (_, response) => response.writeHead(200, { "content-length": "300000" }).end(`${"x".repeat(299_990)}0123456789`),
    "GET",
    /0123456789$/,
  ],
];

describe("an audited answer", () => {
  test.each(answers)("%s has no end before its record is on disk", async (_, listener, method, whole) => {
    const { disk, gateway, release } = await heldBack(listener);
    const raw = client(gateway.port, method);
    await waitFor(() => disk.syncs > 0, { what: "a sync" });
    expect(durableRecords(disk)).toEqual([]);
    expect(raw.received).not.toMatch(whole);
    release();
    await raw.closed;
    expect(raw.received).toMatch(whole);
    expect(durableRecords(disk)).toMatchObject([{ seq: 1, success: true }]);
  });

  test("of the gateway's own waits as well, and so does one to bytes that are no HTTP", async () => {
    const { disk, gateway, release } = await heldBack((_, response) => response.end());
    const unrouted = client(gateway.port, "GET", "/nowhere");
    const broken = new RawClient(gateway.port);
    void broken.send("no http at all\r\n\r\n");
    await waitFor(() => disk.syncs > 0, { what: "a sync" });
    expect([unrouted.received, broken.received]).toEqual(["", ""]);
    release();
    await Promise.all([unrouted.closed, broken.closed]);
    expect(unrouted.received).toMatch(/^HTTP\/1.1 404 [^]*NO_ROUTE/);
    expect(broken.received).toMatch(/^HTTP\/1.1 400 /);
    await gateway.stop();
    expect(durableRecords(disk)).toHaveLength(2);
    expect(marksOf(disk.taken.join("").split("\n")).flatMap((mark) => mark.aborted ?? [])).toEqual([]);
  });

  test("comes after its record was written again, where the sync of its file failed", async () => {
    const disk = new UnreliableDisk();
    let failures = 2;
    disk.decideSync = () => (failures-- > 0 ? "EIO" : undefined);
    const { gateway } = await setUp((_, response) => response.end("hello"), { ...audited, parts: { openFile: disk.open } });
    const raw = client(gateway.port);
    await raw.closed;
    expect(raw.received).toMatch(/hello/);
    expect(durableRecords(disk)).toMatchObject([{ seq: 1 }]);
    expect(disk.taken.length).toBeGreaterThan(1);
  });

  test("is never whole while every sync fails; the record of it comes to disk with the first that works", async () => {
    const disk = new UnreliableDisk();
    disk.decideSync = () => "EIO";
    const { gateway } = await setUp((_, response) => response.writeHead(200, { "content-length": "5" }).end("hello"), {
      ...audited,
      parts: { openFile: disk.open },
    });
    const raw = client(gateway.port);
    await waitFor(() => disk.syncs > 3, { what: "repeated syncs" });
    expect(raw.received).not.toContain("hello");
    disk.decideSync = () => undefined;
    await raw.closed;
    expect(raw.received).toContain("hello");
    expect(durableRecords(disk)).toMatchObject([{ seq: 1 }]);
  });

  test("whose client leaves before its end is told of by a mark, beside its record", async () => {
    const { disk, gateway, release } = await heldBack((_, response) => response.writeHead(200, { "content-length": "5" }).end("hello"));
    const raw = client(gateway.port);
    await waitFor(() => disk.syncs > 0, { what: "a sync" });
    raw.reset();
    await raw.closed;
    release();
    const lines = () => disk.taken.join("").split("\n");
    await waitFor(() => marksOf(lines()).some((mark) => mark.aborted?.includes(1)), { what: "the mark" });
    expect(recordsOf(lines())).toMatchObject([{ seq: 1, status: 200 }]);
  });

  test("is not there for event streams and web sockets, which have no end to wait for", async () => {
    const { gateway } = await heldBack((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end("data: 1\n\n");
    });
    const raw = client(gateway.port);
    await raw.closed;
    expect(raw.received).toContain("data: 1\n\n");
  });
});

describe("a route", () => {
  const routes = (audit: boolean, origin: string) => ({
    "test.yaml": {
      project: "test",
      upstreams: [{ name: "api", servers: [origin] }],
      routes: [
        { name: "one", prefix: "/one", upstream: "api", audit },
        { name: "two", prefix: "/two", upstream: "api" },
      ],
    },
  });

  test("is audited where it says so, and not where it says otherwise", async () => {
    const { upstream } = await setUp((_, response) => response.end("hello"));
    for (const isAudited of [true, false]) {
      const config = { log: { audit: !isAudited } };
      const { disk, gateway, release } = await heldBack((_, response) => response.end(), {
        config,
        routes: routes(isAudited, upstream.origin),
      });
      const [one, two] = [client(gateway.port, "GET", "/one"), client(gateway.port, "GET", "/two")];
      const [waits, comes] = isAudited ? [one, two] : [two, one];
      await comes.closed;
      expect(comes.received).toMatch(/hello/);
      await waitFor(() => disk.syncs > 0, { what: "a sync" });
      expect(waits.received).not.toMatch(/hello/);
      release();
      await waits.closed;
    }
  });

  test("keeps what its rules say: all, headers, a share, failures always, slow calls, some statuses and types", async () => {
    const { upstream } = await setUp((request, response) => {
      const [, , status = "200", type = "text/plain"] = (request.url ?? "").split("_");
      response.writeHead(Number(status), { "content-type": type }).end("answer");
    });
    const captures = {
      off: { level: "off" },
      headers: { level: "headers" },
      none: { sample: 0 },
      slow: { slowerThanMs: 60_000 },
      statuses: { statuses: ["404", "5xx"] },
      types: { contentTypes: ["application/*+json"] },
    };
    const { gateway } = await setUp((_, response) => response.end(), {
      routes: {
        "test.yaml": {
          project: "test",
          upstreams: [{ name: "api", servers: [upstream.origin] }],
          routes: Object.entries(captures).map(([name, capture]) => ({ name, prefix: `/${name}`, upstream: "api", capture })),
        },
      },
    });
    const kept = async (route: string, status = 200, type = "text/plain") => {
      await fetch(`${gateway.origin}/${route}/_x_${status}_${type}`).then((answer) => answer.text());
      const record = await waitFor(() => gateway.records().find(({ path = "" }) => path.includes(`/${route}/_x_${status}_${type}`)), {
        what: "the record",
      });
      expect(record).toMatchObject({ status, route, responseBytes: 6 });
      return [record.requestHeaders === undefined ? "" : "headers", record.responseContent ?? record.responseEncoding].join(" ").trim();
    };
    expect(await kept("off")).toBe("omitted");
    expect(await kept("off", 500)).toBe("omitted");
    expect(await kept("headers")).toBe("headers omitted");
    expect([await kept("none"), await kept("none", 400)]).toEqual(["omitted", "headers answer"]);
    expect([await kept("slow"), await kept("slow", 500)]).toEqual(["omitted", "headers answer"]);
    expect([await kept("statuses"), await kept("statuses", 400), await kept("statuses", 404), await kept("statuses", 503)]).toEqual([
      "omitted",
      "omitted",
      "headers answer",
      "headers answer",
    ]);
    expect([await kept("types"), await kept("types", 200, "application/hal+json")]).toEqual(["headers omitted", "headers answer"]);
  });
});
