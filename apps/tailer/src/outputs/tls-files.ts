import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsMaterial } from "@gatelog/lumberjack";
import type { Clock } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import type { TlsConfig } from "../config/output.ts";

export interface TlsFilesOptions {
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
  readonly #config: TlsConfig;
  readonly #options: TlsFilesOptions;
  readonly #stopping = new AbortController();
  #version: string | undefined;
  #material: TlsMaterial | undefined;

  constructor(config: TlsConfig, options: TlsFilesOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** What a connection is made with. **Errors**: what is wrong with the files, while they never were right. */
  readonly material = (): TlsMaterial => {
    const version = versionOf(this.#config);
    if (version === this.#version && this.#material !== undefined) return this.#material;
    this.#version = version;
    const before = this.#material;
    try {
      this.#material = read(this.#config);
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
    checkTlsFiles(this.#config);
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

/** Says what is wrong with the files. **Errors**: StartError, one sentence naming the key and the file. */
export function checkTlsFiles({ ca = [], cert, key, passphrase }: TlsConfig): void {
  for (const path of ca) checkPem("ca", path, (pem) => new X509Certificate(pem));
  if (cert !== undefined) checkPem("cert", cert, (pem) => createSecureContext({ cert: pem }));
  if (cert === undefined || key === undefined) return;
  const certificate = readFileSync(cert);
  checkPem("key", key, (pem) => createSecureContext({ ...optional("passphrase", passphrase), cert: certificate, key: pem }));
}

function checkPem(key: string, path: string, use: (pem: Buffer) => unknown): void {
  try {
    use(readFileSync(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`output.lumberjack.tls.${key}: ${path} cannot be used: ${reason}`, { cause: error });
  }
}

function read({ ca, cert, key, passphrase }: TlsConfig): TlsMaterial {
  const material = {
    ...optional("ca", ca?.map(readAuthorities).join("\n")),
    ...optional("cert", cert === undefined ? undefined : readFileSync(cert)),
    ...optional("key", key === undefined ? undefined : readFileSync(key)),
    ...optional("passphrase", passphrase),
  };
  createSecureContext(material);
  return material;
}

/** OpenSSL takes text that holds no certificate for a list of none. */
function readAuthorities(path: string): string {
  const pem = readFileSync(path, "utf8");
  void new X509Certificate(pem);
  return pem;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

/** Changes when a file does, or comes, or goes. */
function versionOf({ ca = [], cert, key }: TlsConfig): string {
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
