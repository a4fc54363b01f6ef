import { Agent, request } from "node:http";

/** Calls through the gateway until it is told to stop. */
export interface Load {
  /** Calls that were answered 200 so far. */
  readonly answered: number;
  /** Stops and resolves when the last call has its answer. */
  stop(): Promise<number>;
}

/** How hard to call, and what. */
export interface LoadOptions {
  readonly url: string;
  readonly concurrency?: number;
  /** Ends by itself after so many calls. */
  readonly callsMax?: number;
  /** At most so many calls a second. */
  readonly ratePerSecond?: number;
}

/** Starts `concurrency` workers that POST JSON with Chinese text, one call after the other. */
export function startLoad(options: LoadOptions): Load {
  const { concurrency = 16, callsMax = Number.POSITIVE_INFINITY, ratePerSecond = Number.POSITIVE_INFINITY } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const began = performance.now();
  let given = 0;
  let answered = 0;
  const stopped = new AbortController();
  const worker = async () => {
    while (!stopped.signal.aborted && given < callsMax) {
      const n = given++;
      const aheadMs = (n / ratePerSecond) * 1000 - (performance.now() - began);
      if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
      const status = await post(`${options.url}/springboot-demo/hello?n=${n}`, JSON.stringify({ n, text: "这是对kafka的测试" }), agent);
      if (status === 200) answered += 1;
    }
  };
  const workers = Promise.all(Array.from({ length: concurrency }, worker));
  return {
    get answered() {
      return answered;
    },
    stop: async () => {
      if (callsMax === Number.POSITIVE_INFINITY) stopped.abort();
      await workers;
      agent.destroy();
      return answered;
    },
  };
}

/** One POST; resolves with the status, 0 when there was no answer. */
export function post(url: string, body: string, agent?: Agent): Promise<number> {
  return new Promise((resolve) => {
    const call = request(
      url,
      { method: "POST", headers: { "content-type": "application/json" }, ...(agent ? { agent } : {}) },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
        response.on("error", () => resolve(0));
      },
    );
    call.on("error", () => resolve(0));
    call.end(body);
  });
}
