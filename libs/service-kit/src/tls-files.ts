import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Clock } from "@gatelog/pipeline";
import type { ClientTls } from "./client-schema.ts";
import { readFailure } from "./config/document.ts";
import { codeOf } from "./local-checks.ts";
import { StartError } from "./start-error.ts";

/** Files of certificates and keys in PEM; part of what `clientTls` makes. */
export interface TlsFileNames {
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** Certificates and keys as PEM. Without `ca` the authorities count that Node brings along. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly passphrase?: string;
}

export interface TlsFilesOptions {
  /** The configuration key of the files, e.g. `output.lumberjack.tls`. */
  readonly key: string;
  readonly clock: Clock;
  readonly onReload: () => void;
  /** Called once for each state of the files that cannot be used. */
  readonly onUnusable: (error: unknown) => void;
}

/** How often it is looked whether the files changed, beside each attempt to connect. */
const lookMs = 10_000;

/**
 * Certificates and keys in files.
 *
 * **Guarantee**: changed files are used for the next connection, as soon as they can be: half an exchange is not, until its other
 * half is there.
 */
export class TlsFiles {
  readonly #files: TlsFileNames;
  readonly #options: TlsFilesOptions;
  readonly #stopping = new AbortController();
  #version: string | undefined;
  #material: TlsMaterial | undefined;

  constructor(files: TlsFileNames, options: TlsFilesOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** What a connection is made with. **Errors**: what is wrong with the files, while they never were right. */
  readonly material = (): TlsMaterial => {
    const version = versionOf(this.#files);
    if (version === this.#version && this.#material !== undefined) return this.#material;
    this.#version = version;
    const before = this.#material;
    try {
      this.#material = read(this.#files, this.#options.key);
      if (before !== undefined) this.#options.onReload();
      return this.#material;
    } catch (error) {
      if (before === undefined) throw error;
      this.#options.onUnusable(error);
      return before;
    }
  };

  /** Says at start what is wrong, and looks at the files from then on. **Errors**: StartError. */
  start(): void {
    this.material();
    void this.#watch();
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(lookMs, signal);
      if (!signal.aborted) this.material();
    }
  }
}

/** TLS of a client: how the other side is verified, and the files as they are when a connection is made. */
export interface ClientTlsMaterial extends Pick<ClientTls, "verification" | "minVersion" | "serverName"> {
  /** The same object stands for the same files. **Errors**: StartError, while the files never were right. */
  readonly material: () => TlsMaterial;
}

/** What `clientTls` makes, as libraries want it; undefined stays undefined. */
export function clientTlsMaterial(tls: ClientTls | undefined, options: TlsFilesOptions): ClientTlsMaterial | undefined {
  if (tls === undefined) return undefined;
  const { verification, minVersion, serverName, ...names } = tls;
  const { material } = new TlsFiles(names, options);
  return { verification, minVersion, ...(serverName === undefined ? {} : { serverName }), material };
}

/**
 * Says what is wrong with the files.
 *
 * @param place the configuration key of the files, e.g. `output.lumberjack.tls`
 * **Errors**: StartError, one sentence naming the key and the file.
 */
export function checkTlsFiles({ ca = [], cert, key, passphrase }: TlsFileNames, place: string): void {
  // OpenSSL takes text that holds no certificate for a list of none.
  for (const [index, path] of ca.entries()) checkPem(`${place}.ca[${index}]`, path, (pem) => new X509Certificate(pem));
  if (cert !== undefined) checkPem(`${place}.cert`, cert, (pem) => createSecureContext({ cert: pem }));
  if (cert === undefined || key === undefined) return;
  const certificate = readFileSync(cert);
  checkPem(`${place}.key`, key, (pem) => createSecureContext({ ...optional("passphrase", passphrase), cert: certificate, key: pem }));
}

function checkPem(key: string, path: string, use: (pem: Buffer) => unknown): void {
  try {
    use(readFileSync(path));
  } catch (error) {
    throw new StartError(`${path} cannot be used: ${reasonOf(error)}`, { key, cause: error });
  }
}

/** What OpenSSL's codes mean for files in PEM. */
const reasons: Readonly<Record<string, string>> = {
  ERR_OSSL_PEM_NO_START_LINE: "it holds no certificate in PEM",
  ERR_OSSL_PEM_BAD_BASE64_DECODE: "what it holds in PEM is damaged",
  ERR_OSSL_UNSUPPORTED: "it holds no private key in PEM, or a damaged one",
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "it is not the key of the certificate in cert",
  ERR_OSSL_BAD_DECRYPT: "it is encrypted, and passphrase is missing or wrong",
};

function reasonOf(error: unknown): string {
  return reasons[codeOf(error) ?? ""] ?? readFailure(error);
}

function read(files: TlsFileNames, place: string): TlsMaterial {
  checkTlsFiles(files, place);
  const { ca, cert, key, passphrase } = files;
  const material = {
    ...optional("ca", ca?.map((path) => readFileSync(path, "utf8")).join("\n")),
    ...optional("cert", cert === undefined ? undefined : readFileSync(cert)),
    ...optional("key", key === undefined ? undefined : readFileSync(key)),
    ...optional("passphrase", passphrase),
  };
  createSecureContext(material);
  return material;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

/** Changes when a file does, or comes, or goes. */
function versionOf({ ca = [], cert, key }: TlsFileNames): string {
  return [...ca, cert, key].map((path) => (path === undefined ? "" : stampOf(path))).join(" ");
}

function stampOf(path: string): string {
  try {
    // Not when the content changed, but when anything did: rights too.
    const { ino, ctimeNs } = statSync(path, { bigint: true });
    return `${ino}:${ctimeNs}`;
  } catch {
    return "none";
  }
}
