import type { MysqlSession } from "./mysql-session.ts";

/** How sessions are opened, how many at most, and whether transactions are left open on them. */
export interface MysqlPoolOptions {
  readonly open: () => Promise<MysqlSession>;
  readonly sessionsMax: number;
  readonly hasTransactions: boolean;
}

/** A few sessions, opened when they are needed and used again while nothing failed on them. */
export class MysqlPool {
  readonly #options: MysqlPoolOptions;
  readonly #idle: MysqlSession[] = [];
  readonly #waiting: (() => void)[] = [];
  #used = 0;
  #closed = false;

  constructor(options: MysqlPoolOptions) {
    this.#options = options;
  }

  /** Runs `work` on a session of its own; `isReusable` says whether one on which it failed is as before. */
  async with<T>(work: (session: MysqlSession) => Promise<T>, isReusable: (error: unknown) => boolean): Promise<T> {
    await this.#turn();
    let session: MysqlSession | undefined;
    let reusable = false;
    try {
      session = await this.#session();
      const result = await work(session);
      reusable = true;
      return result;
    } catch (error) {
      reusable = isReusable(error);
      throw error;
    } finally {
      await this.#release(session, reusable);
    }
  }

  /** Writers need a second session seldom, and a server has few: it is not kept. */
  get #idleMax(): number {
    return this.#options.hasTransactions ? 1 : this.#options.sessionsMax;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#used > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await Promise.all(this.#idle.splice(0).map((session) => session.end()));
  }

  async #turn(): Promise<void> {
    while (this.#used >= this.#options.sessionsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#closed) throw new Error("the database is closed");
    this.#used++;
  }

  async #session(): Promise<MysqlSession> {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (session.isOpen) return session;
      session.destroy();
    }
    return this.#options.open();
  }

  async #release(session: MysqlSession | undefined, reusable: boolean): Promise<void> {
    const isUsable = session !== undefined && reusable && session.isOpen;
    const isKept = isUsable && (!this.#options.hasTransactions || (await isClean(session)));
    // Not before: two that are released at the same time would both find room.
    if (isKept && this.#idle.length < this.#idleMax) this.#idle.push(session);
    else session?.destroy();
    this.#used--;
    for (const next of this.#waiting.splice(0)) next();
  }
}

/** Ends what may be left of a transaction. */
async function isClean(session: MysqlSession): Promise<boolean> {
  try {
    await session.rollBack();
    return true;
  } catch {
    return false;
  }
}
