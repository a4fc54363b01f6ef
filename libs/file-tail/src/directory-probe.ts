import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** What came of asking for a directory: an error when it is not there, is none, or does not answer. */
export interface DirectoryProbe {
  readonly error?: unknown;
}

/**
 * Asks whether a directory is there. One that does not answer within `answerMsMax`, as a network mount whose server is away, stays in
 * `unanswered` and is not asked again until it did: each would hold one of the few threads that the process has for this.
 *
 * **Guarantee**: never rejects.
 */
export async function probeDirectory(
  path: string,
  unanswered: Map<string, Promise<DirectoryProbe>>,
  answerMsMax: number,
): Promise<DirectoryProbe> {
  const silence: DirectoryProbe = { error: new Error(`${path} does not answer; is it on a network mount whose server is away?`) };
  if (unanswered.has(path)) return silence;
  const answer = ask(path).finally(() => unanswered.delete(path));
  unanswered.set(path, answer);
  const timer = new AbortController();
  try {
    return await Promise.race([answer, sleep(answerMsMax, silence, { signal: timer.signal, ref: false })]);
  } finally {
    timer.abort();
  }
}

async function ask(path: string): Promise<DirectoryProbe> {
  try {
    const status = await stat(path);
    return status.isDirectory() ? {} : { error: new Error(`${path} is not a directory`) };
  } catch (error) {
    return { error };
  }
}
