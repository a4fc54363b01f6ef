import type { LogRecord } from "@gatelog/log-record";
import { waitFor } from "@gatelog/testkit";
import { startGateway, type GatewayOptions, type RunningGateway } from "./running-gateway.ts";
import { echo, startUpstream, type Upstream } from "./upstream.ts";

const stops: (() => Promise<void>)[] = [];

/** Ends what the test started, last first; for `afterEach`. */
export async function tearDown(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

/** Has it ended after the test. */
export function tracked<T extends { stop(): Promise<void> }>(started: T): T {
  stops.push(() => started.stop());
  return started;
}

/** A gateway whose `/api` leads to a service with this listener. */
export async function setUp(
  listener: Parameters<typeof startUpstream>[0] = echo,
  options: GatewayOptions = {},
): Promise<{ gateway: RunningGateway; upstream: Upstream }> {
  const upstream = tracked(await startUpstream(listener));
  const gateway = tracked(await startGateway({ upstream: upstream.origin, ...options }));
  return { gateway, upstream };
}

/** The records of the gateway's files by seq, once there are so many. */
export async function recordsWhen(gateway: Pick<RunningGateway, "records">, count: number): Promise<LogRecord[]> {
  const records = await waitFor(
    () => {
      const found = gateway.records();
      return found.length >= count ? found : undefined;
    },
    { what: `${count} records` },
  );
  return records.toSorted((a, b) => a.seq - b.seq);
}

/** The first record. */
export async function onlyRecord(gateway: Pick<RunningGateway, "records">): Promise<LogRecord> {
  const [record] = await recordsWhen(gateway, 1);
  if (record === undefined) throw new Error("no record");
  return record;
}

/** The numbers that have records, ascending. */
export function seqs(gateway: Pick<RunningGateway, "records">): number[] {
  return gateway
    .records()
    .map((record) => record.seq)
    .toSorted((a, b) => a - b);
}

/** 1, 2, … `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Resolves when so many calls are in flight. */
export async function inFlightWhen(gateway: RunningGateway, count: number): Promise<void> {
  const metric = () => gateway.registry.getSingleMetricAsString("gatelog_gateway_calls_in_flight");
  await waitFor(async () => (await metric()).includes(`calls_in_flight ${count}`), { what: `${count} calls in flight` });
}
