import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsMaterial } from "@gatelog/lumberjack";
import { StartError } from "@gatelog/service-kit";
import type { TlsConfig } from "../config/output.ts";

/** Certificates and keys in files: read for the first connection, and again for the next one after they changed. */
export class TlsFiles {
  readonly #config: TlsConfig;
  readonly #onReload: () => void;
  #version: string | undefined;
  #material: TlsMaterial = {};

  constructor(config: TlsConfig, { onReload }: { readonly onReload: () => void }) {
    this.#config = config;
    this.#onReload = onReload;
  }

  /** What a connection is made with. **Errors**: those of the file system; the last good material stays in use while files are exchanged. */
  readonly material = (): TlsMaterial => {
    const version = this.#filesVersion();
    if (version === this.#version) return this.#material;
    const isReload = this.#version !== undefined;
    this.#material = this.#read();
    this.#version = version;
    if (isReload) this.#onReload();
    return this.#material;
  };

  /** Says at start what is wrong. **Errors**: StartError, one sentence naming the key and the file. */
  check(): void {
    const { ca = [], cert, key } = this.#config;
    if ((cert === undefined) !== (key === undefined))
      throw new StartError("output.lumberjack.tls: cert and key go together; give both or neither");
    for (const path of ca) checkPem("ca", path, (pem) => createSecureContext({ ca: pem }));
    if (cert !== undefined) checkPem("cert", cert, (pem) => createSecureContext({ cert: pem }));
    if (cert === undefined || key === undefined) return;
    const certificate = readFileSync(cert);
    checkPem("key", key, (pem) => createSecureContext({ ...this.#passphrase(), cert: certificate, key: pem }));
  }

  #read(): TlsMaterial {
    const { ca, cert, key } = this.#config;
    return {
      ...(ca === undefined ? {} : { ca: ca.map((path) => readFileSync(path, "utf8")).join("\n") }),
      ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
      ...(key === undefined ? {} : { key: readFileSync(key) }),
      ...this.#passphrase(),
    };
  }

  #passphrase(): { readonly passphrase?: string } {
    const { passphrase } = this.#config;
    return passphrase === undefined ? {} : { passphrase };
  }

  #filesVersion(): string {
    const { ca = [], cert = [], key = [] } = this.#config;
    const paths = [...ca, cert, key].flat();
    return paths.map((path) => `${statSync(path).mtimeMs}:${statSync(path).ino}`).join(" ");
  }
}

function checkPem(key: string, path: string, use: (pem: Buffer) => unknown): void {
  try {
    use(readFileSync(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`output.lumberjack.tls.${key}: ${path} cannot be used: ${reason}`, { cause: error });
  }
}
