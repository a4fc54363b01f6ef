import type { StartError } from "./start-error.ts";

/** Creates the directory where it is missing; rejects with a StartError that names `key` when it cannot be made or written. */
export declare function ensureWritableDirectory(path: string, key: string): Promise<void>;

/** The StartError for a server that could not listen (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`), naming `key`, e.g. `listen.port`. */
export declare function listenError(
  error: unknown,
  where: { readonly key: string; readonly host: string; readonly port: number },
): StartError;
