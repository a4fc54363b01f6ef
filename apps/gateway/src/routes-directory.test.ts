import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RoutesDirectory, type RoutesEvent } from "./routes-directory.ts";
import type { RouteTable } from "./routes.ts";
import { setUp, tearDown, tracked } from "./test/set-up.ts";
import { startUpstream } from "./test/upstream.ts";

const file = (prefix: string, server = "http://127.0.0.1:8080") => `project: ${prefix.slice(1) || "root"}
upstreams:
  - { name: a, servers: [${server}] }
routes:
  - { name: r, prefix: ${prefix}, upstream: a }
`;

const defaultCapture = {
  level: "bodies",
  bodyBytesMax: 65_536,
  sample: 1,
  slowerThanMs: 0,
  statuses: [],
  contentTypes: [],
  binary: "omitted",
} as const;

let dir: string;
let events: RoutesEvent[];
let table: RouteTable;
let routes: RoutesDirectory;
const write = (name: string, content: string) => writeFileSync(join(dir, name), content);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gatelog-routes-"));
  events = [];
  routes = new RoutesDirectory({
    dir,
    pollMs: 20,
    defaults: { capture: defaultCapture, isAudited: false },
    onEvent: (event) => events.push(event),
    onTable: (next) => (table = next),
  });
});
afterEach(async () => {
  routes.stop();
  rmSync(dir, { recursive: true, force: true });
  await tearDown();
});

describe("a table of routes", () => {
  test("finds the longest prefix, at a slash only", () => {
    for (const prefix of ["/a", "/a/b", "/c%20d"]) write(`${prefix.replaceAll(/\W/g, "_")}.yaml`, file(prefix));
    table = routes.load();
    const found = (path: string) => table.find(path)?.prefix;
    expect([found("/a"), found("/a/"), found("/a/x"), found("/a/b"), found("/a/b/c/d"), found("/a/bc")]).toEqual([
      "/a",
      "/a",
      "/a",
      "/a/b",
      "/a/b",
      "/a",
    ]);
    expect([found("/"), found("/ab"), found("/A"), found("/c%20d/x"), found("*"), found("")]).toEqual([
      undefined,
      undefined,
      undefined,
      "/c%20d",
      undefined,
      undefined,
    ]);
  });

  test("with the prefix / takes every path", () => {
    write("all.yaml", file("/"));
    table = routes.load();
    expect([table.find("/")?.prefix, table.find("/x/y")?.prefix, table.find("*")]).toEqual(["", "", undefined]);
  });

  test("answers at once for a path of many segments", () => {
    write("a.yaml", file("/a"));
    table = routes.load();
    const startMs = performance.now();
    for (let count = 0; count < 1000; count++) table.find("/x".repeat(8000));
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});

describe("a directory of routes", () => {
  test.each([
    ["bad YAML", "project: [", /a\.yaml:\d+:\d+: .*YAML/],
    ["an unknown key", "project: p\nroute: []\n", /a\.yaml:2:1: .*unknown key "route", did you mean "routes"/],
    [
      "an upstream that is not there",
      file("/a").replace("upstream: a", "upstream: b"),
      /a\.yaml:5:\d+: routes\[0\]\.upstream: .*\(a\), found "b"/,
    ],
    ["a server with a path", file("/a", "http://h:1/base"), /a\.yaml:3:\d+: .*without a path/],
    ["a server that is no URL", file("/a", "h"), /a\.yaml:3:\d+: .*found "h"/],
    ["a prefix without a slash", file("a"), /a\.yaml:5:\d+: .*begins with \//],
    ["one prefix twice", `${file("/a")}  - { name: s, prefix: /a/, upstream: a }\n`, /a\.yaml:6:\d+: .*second route/],
  ])("refuses %s at start, with file and line", (_what, content, message) => {
    write("a.yaml", content);
    expect(() => routes.load()).toThrow(message);
  });

  test("that is not there is a start error", () => {
    rmSync(dir, { recursive: true });
    expect(() => routes.load()).toThrow(/routesDir: cannot read the directory .*ENOENT/);
  });

  test("takes up a changed, a new and a removed file, each alone", () => {
    write("a.yaml", file("/a"));
    table = routes.load();
    write("b.yaml", file("/b"));
    routes.refresh();
    expect([table.find("/a")?.name, table.find("/b")?.name]).toEqual(["r", "r"]);
    const before = table.find("/a");
    write("b.yaml", file("/b2"));
    routes.refresh();
    expect([table.find("/b"), table.find("/b2")?.name, table.find("/a")]).toEqual([undefined, "r", before]);
    rmSync(join(dir, "a.yaml"));
    routes.refresh();
    expect([table.find("/a"), table.find("/b2")?.name]).toEqual([undefined, "r"]);
    routes.refresh();
    expect(events.map((event) => event.type)).toEqual(["loaded", "loaded", "removed"]);
  });

  test("keeps the last good content of a file that is broken, and says so once, with its line", () => {
    write("a.yaml", file("/a"));
    table = routes.load();
    write("a.yaml", `${file("/a2")}nonsense: 1\n`);
    routes.refresh();
    routes.refresh();
    expect([table.find("/a")?.name, table.find("/a2")]).toEqual(["r", undefined]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: "refused", reason: expect.stringMatching(/a\.yaml:6:1: .*"nonsense"/) });
    write("a.yaml", file("/a2"));
    routes.refresh();
    expect(table.find("/a2")?.name).toBe("r");
  });

  test("refuses a file that claims a prefix of another one", () => {
    write("a.yaml", file("/a"));
    table = routes.load();
    write("b.yaml", file("/a/"));
    routes.refresh();
    expect(events[0]).toMatchObject({
      type: "refused",
      reason: expect.stringMatching(/the prefix "\/a" .* is taken by route "r" in a\.yaml/),
    });
  });

  test.each([
    ["a.yaml", "b.yaml"],
    ["b.yaml", "a.yaml"],
  ])("takes up a route that moves from %s to %s, once the one has given it up, and complains once", (from, to) => {
    write(from, file("/moved"));
    write(to, file("/before"));
    table = routes.load();
    write(to, file("/moved"));
    routes.refresh();
    routes.refresh();
    expect(events).toMatchObject([{ type: "refused", file: join(dir, to) }]);
    write(from, file("/after"));
    routes.refresh();
    expect([table.find("/moved")?.file, table.find("/after")?.file]).toEqual([join(dir, to), join(dir, from)]);
  });
});

test("a running gateway follows its routes without a restart", async () => {
  const { gateway } = await setUp((_request, response) => response.end("old"));
  const other = tracked(await startUpstream((_request, response) => response.end("new")));
  const text = async () => (await fetch(`${gateway.origin}/api`)).text();
  expect(await text()).toBe("old");
  writeFileSync(join(gateway.dir, "routes.d/test.yaml"), file("/api", other.origin));
  await waitFor(async () => (await text()) === "new");
  writeFileSync(join(gateway.dir, "routes.d/test.yaml"), "broken: [");
  await waitFor(() => gateway.messages.some((message) => /refused.*test\.yaml:1/.test(message)));
  expect(await text()).toBe("new");
});
