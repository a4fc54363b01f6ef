import { rmSync } from "node:fs";
import { temporaryDirectory } from "@gatelog/testkit";

/** What is still to be undone when this process ends before it was. */
const pending = new Set<() => void>();
let isListening = false;

/** Undoes `undo` at the exit of this process, unless the function that it returns is called before. `undo` has to be synchronous. */
export function undoAtExit(undo: () => void): () => void {
  if (!isListening) process.once("exit", undoAll);
  isListening = true;
  pending.add(undo);
  return () => void pending.delete(undo);
}

/** A temporary directory that is removed with this process at the latest. */
export async function benchDirectory(name: string): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await temporaryDirectory(`gatelog-bench-${name}-`);
  const forget = undoAtExit(() => rmSync(directory.path, { recursive: true, force: true }));
  const remove = () => directory.remove().finally(forget);
  return { path: directory.path, remove };
}

/** Lets Ctrl-C and SIGTERM end this process by way of its clean-up. */
export function exitOnSignals(): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.once(signal, () => process.exit(code));
}

function undoAll(): void {
  // The newest first: a process before the directory that it writes into.
  for (const undo of [...pending].reverse()) undo();
}
