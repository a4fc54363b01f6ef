import { writeSync } from "node:fs";
import type { Logger } from "pino";
import type { Lifecycle } from "./lifecycle.ts";
import { ConfigError, StartError } from "./start-error.ts";

/** Stops the app at SIGTERM, SIGINT and the end of the supervisor's IPC channel. */
export function stopAtSignals(lifecycle: Lifecycle): void {
  process.on("SIGTERM", () => lifecycle.requestStop("SIGTERM"));
  process.on("SIGINT", () => lifecycle.requestStop("SIGINT"));
  if (process.send === undefined) return;
  // No impatience: a supervisor that ends while the app drains must not cut the draining short.
  const supervisorIsGone = () => {
    if (!lifecycle.isStopping) lifecycle.requestStop("the supervisor is gone");
  };
  process.on("disconnect", supervisorIsGone);
  if (!process.connected) supervisorIsGone();
}

/** Logs an error that nobody caught and ends the process with 1. */
export function endOnUncaught(logger: Logger): void {
  process.on("uncaughtException", (error) => {
    logger.fatal({ err: error }, "uncaught error: ending");
    process.exit(1);
  });
  process.on("unhandledRejection", (reason) => {
    logger.fatal({ err: reason }, "unhandled rejection: ending");
    process.exit(1);
  });
}

/** True for what the operator can put right: it is told without a stack. */
export function isForOperator(error: unknown): boolean {
  return error instanceof ConfigError || error instanceof StartError;
}

/** One sentence a problem on stderr; the stack only of what is our own bug. */
export function complain(name: string, error: unknown): void {
  const text = describeFailure(error);
  const lines = isForOperator(error) ? text.split("\n").map((line) => `gatelog ${name}: ${line}`) : [`gatelog ${name}: ${text}`];
  try {
    writeSync(2, `${lines.join("\n")}\n`);
  } catch {
    // Nobody reads stderr any more; the exit code still tells.
  }
}

/** The message, and the stack of what is our own bug. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isForOperator(error) ? error.message : (error.stack ?? error.message);
}
