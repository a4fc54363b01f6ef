import { ManagedProcess } from "@gatelog/testkit";
import type { BulkLoopOptions, BulkLoopReport } from "./bulk-loop-protocol.ts";

const deadlineMs = 300_000;

/** Documents a second of a bare loop of bulk requests. **Errors**: when a request failed. */
export async function measureBulkLoop(program: string, options: BulkLoopOptions, logFile: string): Promise<number> {
  const child = new ManagedProcess({ command: process.execPath, arguments: [program, JSON.stringify(options)], logFile, ipc: true });
  let report: BulkLoopReport | undefined;
  child.child.on("message", (message: BulkLoopReport) => (report = message));
  const timer = setTimeout(() => void child.stop(), deadlineMs);
  try {
    await child.exited;
  } finally {
    clearTimeout(timer);
    await child.stop();
  }
  if (report === undefined) throw new Error(`the bulk loop failed: ${child.output().slice(-1500)}`);
  return report.created / report.seconds;
}
