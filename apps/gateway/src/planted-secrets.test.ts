import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { waitFor } from "@gatelog/testkit";
import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { call } from "./test/call.ts";
import { codings, compress, encodeText, textEncodings, type Coding, type TextEncoding } from "./test/encode-text.ts";
import { startGateway, type RunningGateway } from "./test/running-gateway.ts";
import {
  brokenDocument,
  document,
  formPair,
  inText,
  percentEncode,
  type DocumentKind,
  type PlantedDocument,
} from "./test/secret-places.ts";
import { formedSecret, namedSecret, plainly, shows } from "./test/secrets.ts";
import { tearDown, tracked } from "./test/set-up.ts";
import { startUpstream } from "./test/upstream.ts";

afterEach(tearDown);

/** How much of a body each route keeps: all, or so little that the secret is cut somewhere. */
const keptBytes = [65_536, 40, 77, 150, 333] as const;

interface Message {
  readonly headers: Record<string, string>;
  readonly parts: readonly Buffer[];
  readonly secrets: readonly string[];
}

interface PlannedCall {
  readonly path: string;
  readonly request: Message;
  readonly response: Message;
  readonly secrets: readonly string[];
}

const types: Readonly<Record<DocumentKind, readonly string[]>> = {
  json: ["application/json", "application/hal+json", "text/json"],
  xml: ["text/xml", "application/soap+xml", "application/xml"],
  form: ["application/x-www-form-urlencoded"],
  text: ["text/plain", "text/event-stream"],
};

function charsetOf(encoding: TextEncoding, isDeclared: boolean): string {
  if (encoding === "gbk") return isDeclared ? "; charset=gb18030" : "; charset=GBK";
  return isDeclared ? `; charset=${encoding.split(" ")[0]}` : "";
}

function contentEncoding(coding: Coding): Record<string, string> {
  if (coding === "identity") return {};
  return { "content-encoding": coding === "raw deflate" ? "deflate" : coding };
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).flatMap((place, index) => (place > (places[index] ?? 0) ? [bytes.subarray(places[index], place)] : []));
}

/** A body, in any encoding, with the type that `typeOf` picks. */
function message(documents: fc.Arbitrary<PlantedDocument>, typesOf: (kind: DocumentKind) => readonly string[]): fc.Arbitrary<Message> {
  return fc
    .record({
      planted: documents,
      encoding: fc.constantFrom(...textEncodings),
      isDeclared: fc.boolean(),
      coding: fc.constantFrom(...codings, "identity" as const, "identity" as const),
      type: fc.nat(),
      cuts: fc.array(fc.nat(), { maxLength: 4 }),
    })
    .map(({ planted, encoding, isDeclared, coding, type, cuts }) => {
      const { kind, before, core, after, secret } = planted;
      const candidates = typesOf(kind);
      const name = candidates[type % candidates.length] ?? "";
      const bytes = compress(encodeText(before + core + after, encoding), coding);
      const headers = { ...contentEncoding(coding), ...(name !== "" && { "content-type": name + charsetOf(encoding, isDeclared) }) };
      return { headers, parts: split(bytes, cuts), secrets: [secret] };
    });
}

const secretHeader = fc.tuple(fc.constantFrom("authorization", "cookie", "x-api-key", "x-auth-token", "proxy-authorization"), namedSecret);
const requestHeaders = fc.oneof(
  secretHeader.map(([name, secret]) => ({ secret, headers: { [name]: `Bearer ${secret}` } })),
  namedSecret.map((secret) => ({ secret, headers: { cookie: `a=b; SESSION=${secret}; z=1` } })),
  inText.map(({ secret, core }) => ({
    secret,
    headers: { "x-note": Buffer.from(core).toString("latin1"), "user-agent": Buffer.from(core).toString("latin1") },
  })),
  formPair.map(({ secret, core }) => ({ secret, headers: { referer: `https://h/p?a=1&${core}#x?${core}` } })),
  formedSecret.map((secret) => ({ secret, headers: { referer: `https://h/p/${encodeURIComponent(secret)}/x` } })),
  formedSecret.map((secret) => ({ secret, headers: { "x-request-id": secret } })),
  namedSecret.map((secret) => ({ secret, headers: { referer: `https://u:${secret}@h/p`, "x-forwarded-host": `u:${secret}@h` } })),
);
const responseHeaders = fc.oneof(
  namedSecret.map((secret) => ({ secret, headers: { "set-cookie": `s=${secret}; HttpOnly` } })),
  formPair.map(({ secret, core }) => ({ secret, headers: { location: `/next?x=1&${core}` } })),
  formedSecret.map((secret) => ({ secret, headers: { location: `/users/${secret}`, "x-note": `for ${secret}` } })),
);
const targets = fc.oneof(
  formPair.map(({ secret, core }) => ({ secret, target: `/x?a=1&${core}&b=2` })),
  formedSecret.map((secret) => ({ secret, target: `/users/${encodeURIComponent(secret)}/orders` })),
  formedSecret.map((secret) => ({ secret, target: `/users/${percentEncode(secret)}` })),
  namedSecret.map((secret) => ({ secret, target: `/x;jsessionid=${secret}?y` })),
);

function plannedCall(requestBody: fc.Arbitrary<Message>, responseBody: fc.Arbitrary<Message>): fc.Arbitrary<PlannedCall> {
  return fc
    .tuple(fc.constantFrom(...keptBytes), targets, requestHeaders, requestBody, responseHeaders, responseBody)
    .map(([kept, target, inRequest, request, inResponse, response]) => ({
      path: `/keep-${kept}${target.target}`,
      request: { ...request, headers: { ...request.headers, ...inRequest.headers } },
      response: { ...response, headers: { ...response.headers, ...inResponse.headers } },
      secrets: [target.secret, inRequest.secret, inResponse.secret, ...request.secrets, ...response.secrets],
    }));
}

/** A gateway before a service that answers each call as planned. */
async function plantingGround(profile: string) {
  const plans = new Map<string, Message>();
  const upstream = tracked(
    await startUpstream((request, response) => {
      request.resume().on("end", () => {
        const plan = plans.get(String(request.headers["x-plan"]));
        response.writeHead(200, plan?.headers);
        void sendParts(plan?.parts ?? [], response);
      });
    }),
  );
  const routes = keptBytes.map((bodyBytesMax) => {
    const name = `keep-${bodyBytesMax}`;
    return { name, prefix: `/${name}`, upstream: "api", capture: { bodyBytesMax } };
  });
  const gateway = tracked(
    await startGateway({
      config: { masking: { profile } },
      routes: { "test.yaml": { project: "test", upstreams: [{ name: "api", servers: [upstream.origin] }], routes } },
    }),
  );
  return { gateway, plans, lines: new NewLines(gateway) };
}

async function sendParts(parts: readonly Buffer[], response: ServerResponse): Promise<void> {
  for (const part of parts) {
    response.write(part);
    await turn();
  }
  response.end();
}

/** What is no secret and could look like a part of one: what the gateway itself makes up. */
function withoutIds(lines: string): string {
  return lines.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, "").replaceAll(/"boot":"[^"]*"/g, "");
}

/** Makes the calls at once and waits for their records; none of them may show a secret. */
async function expectHidden({ gateway, plans, lines }: Awaited<ReturnType<typeof plantingGround>>, calls: readonly PlannedCall[]) {
  await Promise.all(
    calls.map(async ({ path, request, response }, index) => {
      plans.set(String(index), response);
      const headers = { ...request.headers, "x-plan": String(index) };
      const answer = await call(gateway, { method: "POST", path, headers, body: request.parts });
      expect(answer.status).toBe(200);
    }),
  );
  let written = "";
  const records = () => written.split('"success":true').length - 1;
  await waitFor(() => (written += lines.next()) !== "" && records() >= calls.length, { intervalMs: 2, what: "the records" });
  expect(records()).toBe(calls.length);
  for (const line of withoutIds(written).split("\n")) {
    const decoded = plainly(line);
    const secret = calls.flatMap(({ secrets }) => secrets).find((candidate) => shows(line, candidate) || shows(decoded, candidate));
    if (secret !== undefined) throw new Error(`${JSON.stringify(secret)} stands in ${line}`);
  }
}

/** What the log's files gained since it was last asked. */
class NewLines {
  readonly #dir: string;
  readonly #read = new Map<string, number>();

  constructor(gateway: RunningGateway) {
    this.#dir = join(gateway.dir, "logs");
  }

  next(): string {
    return readdirSync(this.#dir)
      .filter((name) => name.endsWith(".log"))
      .map((name) => this.#rest(name))
      .join("");
  }

  #rest(name: string): string {
    const file = openSync(join(this.#dir, name), "r");
    const buffer = Buffer.alloc(1_048_576);
    const from = this.#read.get(name) ?? 0;
    const length = readSync(file, buffer, 0, buffer.length, from);
    closeSync(file);
    this.#read.set(name, from + length);
    return buffer.toString("utf8", 0, length);
  }
}

test("a secret in any place, encoding, charset and cut of a call and its answer never reaches the file", async () => {
  const ground = await plantingGround("cn-pipl");
  const wellFormed = message(document, (kind) => [...types[kind], "text/plain", ""]);
  await fc.assert(
    fc.asyncProperty(fc.array(plannedCall(wellFormed, wellFormed), { minLength: 1, maxLength: 6 }), (calls) => expectHidden(ground, calls)),
    { numRuns: 300 },
  );
});

test("under a strict profile neither does one in a body that is malformed, or not what its type claims", async () => {
  const ground = await plantingGround("strict");
  const wrong = message(brokenDocument, () => [...types.json, ...types.xml, ...types.form, "application/x-own", ""]);
  const any = message(document, (kind) => types[kind]);
  const anything = fc.oneof(wrong, wrong, any);
  await fc.assert(
    fc.asyncProperty(fc.array(plannedCall(anything, anything), { minLength: 1, maxLength: 6 }), (calls) => expectHidden(ground, calls)),
    { numRuns: 300 },
  );
});
