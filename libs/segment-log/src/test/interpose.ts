import type { FileSystem, LogFile } from "../file-system.ts";

/** What is done instead of an operation; `proceed` does the operation itself. */
export interface Interposed {
  readonly write?: (path: string, proceed: () => Promise<void>) => Promise<void>;
  readonly sync?: (path: string, proceed: () => Promise<void>) => Promise<void>;
  readonly truncate?: (path: string, proceed: () => Promise<void>) => Promise<void>;
  readonly create?: (path: string, proceed: () => Promise<LogFile>) => Promise<LogFile>;
  readonly syncDirectory?: (path: string, proceed: () => Promise<void>) => Promise<void>;
  readonly unlink?: (path: string, proceed: () => Promise<void>) => Promise<void>;
}

/** A file system some of whose operations are replaced: one that fails, lies, or does things in the wrong order. */
export function interpose(fileSystem: FileSystem, hooks: Interposed): FileSystem {
  const file = (path: string, inner: LogFile): LogFile => ({
    read: (buffer, position) => inner.read(buffer, position),
    write: (bytes, position) => run(hooks.write, path, () => inner.write(bytes, position)),
    sync: () => run(hooks.sync, path, () => inner.sync()),
    truncate: (size) => run(hooks.truncate, path, () => inner.truncate(size)),
    size: () => inner.size(),
    close: () => inner.close(),
  });
  return {
    open: async (path, mode) => {
      const proceed = () => fileSystem.open(path, mode);
      return file(path, await (mode === "create" ? run(hooks.create, path, proceed) : proceed()));
    },
    readdir: (path) => fileSystem.readdir(path),
    makeDirectory: (path) => fileSystem.makeDirectory(path),
    rename: (from, to) => fileSystem.rename(from, to),
    unlink: (path) => run(hooks.unlink, path, () => fileSystem.unlink(path)),
    syncDirectory: (path) => run(hooks.syncDirectory, path, () => fileSystem.syncDirectory(path)),
    lock: (path) => fileSystem.lock(path),
    watch: (path, onChange) => fileSystem.watch(path, onChange),
  };
}

function run<T>(
  hook: ((path: string, proceed: () => Promise<T>) => Promise<T>) | undefined,
  path: string,
  proceed: () => Promise<T>,
): Promise<T> {
  return hook === undefined ? proceed() : hook(path, proceed);
}
