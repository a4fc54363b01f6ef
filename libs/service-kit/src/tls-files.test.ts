import { createPrivateKey } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { certificateAuthority, manualClock, temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkTlsFiles, type TlsFileNames, TlsFiles } from "./tls-files.ts";

const authority = certificateAuthority("ca");
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const at = (name: string) => join(directory.path, name);

beforeEach(async () => {
  directory = await temporaryDirectory();
  await writeFile(at("ca.pem"), authority.certificate);
});
afterEach(() => directory.remove());

async function issue(name: string): Promise<ReturnType<typeof authority.issue>> {
  const issued = authority.issue(name);
  await writeFile(at("cert.pem"), issued.certificate);
  await writeFile(at("key.pem"), issued.key);
  return issued;
}

const place = "output.lumberjack.tls";

function configOf(): TlsFileNames {
  return { ca: [at("ca.pem")], cert: at("cert.pem"), key: at("key.pem") };
}

function started() {
  const clock = manualClock();
  const told = { reloads: 0, unusable: [] as string[] };
  const files = new TlsFiles(configOf(), {
    key: place,
    clock,
    onReload: () => (told.reloads += 1),
    onUnusable: (error) => told.unusable.push((error as Error).message),
  });
  files.start();
  return { clock, told, files, certificate: () => files.material().cert?.toString() };
}

test("changed files are used for the next connection, and told of without one", async () => {
  const first = await issue("first");
  const { clock, told, files, certificate } = started();
  expect(certificate()).toBe(first.certificate);
  await clock.advance(60_000);
  expect(told.reloads).toBe(0);
  const second = await issue("second");
  expect(certificate()).toBe(second.certificate);
  expect(told).toEqual({ reloads: 1, unusable: [] });
  const third = await issue("third");
  await clock.advance(10_000);
  expect(told.reloads).toBe(2);
  expect(certificate()).toBe(third.certificate);
  files.stop();
});

test("half an exchange is told once and not used; the other half completes it", async () => {
  const first = await issue("first");
  const { told, files, certificate } = started();
  const next = authority.issue("next");
  await writeFile(at("cert.new"), next.certificate);
  await rename(at("cert.new"), at("cert.pem"));
  expect(certificate()).toBe(first.certificate);
  expect(certificate()).toBe(first.certificate);
  expect(told.reloads).toBe(0);
  expect(told.unusable).toHaveLength(1);
  await writeFile(at("key.new"), next.key);
  await rename(at("key.new"), at("key.pem"));
  expect(certificate()).toBe(next.certificate);
  expect(told.reloads).toBe(1);
  files.stop();
});

test("files that are gone leave in use what they held", async () => {
  const { certificate: text } = await issue("first");
  const { clock, told, files, certificate } = started();
  await rm(at("key.pem"));
  await clock.advance(30_000);
  expect(certificate()).toBe(text);
  expect(told.unusable).toEqual([expect.stringMatching(/tls\.key: .*key\.pem cannot be used: there is no such file$/)]);
  files.stop();
});

test("what is wrong is one sentence with the key and the file", async () => {
  await issue("first");
  expect(() => checkTlsFiles(configOf(), place)).not.toThrow();
  await writeFile(at("key.pem"), authority.issue("other").key);
  expect(() => checkTlsFiles(configOf(), place)).toThrow(
    /^output\.lumberjack\.tls\.key: .*key\.pem cannot be used: it is not the key of the certificate in cert$/,
  );
  await writeFile(at("key.pem"), "no key");
  expect(() => checkTlsFiles(configOf(), place)).toThrow(
    /tls\.key: .*key\.pem cannot be used: it holds no private key in PEM, or a damaged one$/,
  );
  await rm(at("cert.pem"));
  expect(() => checkTlsFiles(configOf(), place)).toThrow(
    /^output\.lumberjack\.tls\.cert: .*cert\.pem cannot be used: there is no such file$/,
  );
  await writeFile(at("ca.pem"), "no certificate");
  expect(() => checkTlsFiles(configOf(), place)).toThrow(
    /^output\.lumberjack\.tls\.ca\[0\]: .*ca\.pem cannot be used: it holds no certificate in PEM$/,
  );
});

test("an encrypted key needs its passphrase, and says so", async () => {
  const { certificate, key } = authority.issue("first");
  await writeFile(at("cert.pem"), certificate);
  await writeFile(
    at("key.pem"),
    createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" }),
  );
  for (const passphrase of [{}, { passphrase: "wrong" }])
    expect(() => checkTlsFiles({ ...configOf(), ...passphrase }, place)).toThrow(
      /cannot be used: it is encrypted, and passphrase is missing or wrong$/,
    );
  expect(() => checkTlsFiles({ ...configOf(), passphrase: "secret" }, place)).not.toThrow();
});
