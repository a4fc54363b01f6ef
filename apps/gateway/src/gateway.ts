import { createMasker } from "@gatelog/masking";
import { ensureWritableDirectory, StartError, type App, type AppContext } from "@gatelog/service-kit";
import { CallHandler } from "./call-handler.ts";
import { CallMetrics } from "./call-metrics.ts";
import { CaptureBudget } from "./capture-budget.ts";
import { TrustedProxies } from "./client-address.ts";
import type { Config } from "./config.ts";
import { Exchanges } from "./exchanges.ts";
import { GatewayLog, type Disk } from "./gateway-log.ts";
import { Ledger } from "./ledger.ts";
import { lockSlot, type LogLock } from "./log-lock.ts";
import { newBoot } from "./log-names.ts";
import { recoverDirectory, type PreviousBoot, type Recovery } from "./log-recovery.ts";
import { LogReporter } from "./log-reporter.ts";
import type { LogWriter } from "./log-writer.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { compileCaller } from "./meaning/caller.ts";
import { RecordLines } from "./record-line.ts";
import { RecordSink, seedFormat } from "./record-sink.ts";
import { RoutesDirectory } from "./routes-directory.ts";
import { GatewayServer } from "./server.ts";
import { Upstreams } from "./upstreams.ts";

/** Share of the stop's deadline that is kept for the log after the calls in flight. */
const flushShare = 0.2;
const flushMsMax = 2000;

/** What a test may put in the place of the machine's own. */
export type GatewayParts = Disk;

/** Wires the gateway. **Errors**: StartError, ConfigError for a routes file. */
export async function createGateway(context: AppContext<Config>, parts: GatewayParts = {}): Promise<App> {
  const { log, name } = context.config;
  await ensureWritableDirectory(log.dir, "log.dir");
  const lock = await lockSlot(log.dir, name, context.worker.slot);
  try {
    return wire(context, parts, { lock, ...(await recover(context)) });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function wire(context: AppContext<Config>, parts: GatewayParts, directory: Omit<Recovery, "completed"> & { lock: LogLock }): App {
  const { config, logger, clock } = context;
  const { lock, previous, newest } = directory;
  const boot = newBoot(clock.now(), context.worker.slot, newest);
  const metrics = createMetrics(context.metrics, {
    inFlight: () => busy(),
    connections: () => exchanges.connections,
    pendingBytes: () => writer.pendingBytes,
    freeBytes: () => log.space.freeBytes,
    routes: () => handler.table.size,
  });
  const reporter = new LogReporter({ logger, metrics, clock });
  const log = new GatewayLog({ config, worker: context.worker, boot, lock, reporter, clock, ...parts });
  const { writer } = log;
  const inFlight = () => {
    // What is not in flight any more has its record before the mark.
    records.flush();
    return exchanges.inFlightSeqs();
  };
  const ledger = createLedger(config, { boot, previous, writer, inFlight });
  // A call is also one whose record is on its way to the disk, or that its client has left and that still waits for a connection.
  const busy = () => Math.max(ledger.inFlight, upstreams.calls) + records.waiting;
  const records = createRecordSink(config, { boot, writer, ledger, metrics });
  const budget = new CaptureBudget(config.capture.memoryBytesMax, () => metrics.bodiesCut.inc());
  const exchanges = new Exchanges({
    ledger,
    trustedProxies: new TrustedProxies(config.trustedProxies),
    bodyBytesMax: config.capture.bodyBytesMax,
    budget,
    isAudited: config.log.audit,
    clock,
    onEnd: (exchange) => records.end(exchange),
    onAudited: (exchange, send) => records.audit(exchange, send),
    onAborted: (exchange) => ledger.aborted(exchange.seq),
  });

  const upstreams = new Upstreams({
    connectionsMax: config.limits.upstreamConnectionsMax,
    connectTimeoutMs: config.timeouts.upstreamConnectMs,
    answerTimeoutMs: config.timeouts.upstreamAnswerMs,
    idleTimeoutMs: config.timeouts.upstreamIdleMs,
  });
  const routes = new RoutesDirectory({
    dir: config.routesDir,
    pollMs: config.routesPollMs,
    defaults: { capture: config.capture, isAudited: config.log.audit },
    onEvent: (event) => reporter.reportRoutes(event),
    onTable: (table) => {
      handler.table = table;
      upstreams.retain(table.origins());
    },
  });
  const handler = new CallHandler(routes.load(), {
    upstreams,
    requestBodyBytesMax: config.limits.requestBodyBytesMax ?? undefined,
    inFlightMax: config.limits.inFlightMax,
    inFlight: () => busy(),
    pressure: () => writer.pressure,
    onRoute: (exchange, { capture, isAudited }) => {
      exchange.requestBody.limit(capture.heldBytesMax);
      exchange.responseBody.limit(capture.heldBytesMax);
      exchanges.setAudited(exchange, isAudited);
    },
  });
  const server = new GatewayServer({ config, exchanges, handler, onConnectionDropped: () => metrics.connectionsDropped.inc() });
  context.onSignal("SIGUSR1", () => writer.reopen());

  return {
    async start() {
      await log.start();
      ledger.start();
      await server.start();
      routes.watch();
    },
    async stop(signal) {
      routes.stop();
      await server.stop(AbortSignal.any([signal, inFlightDeadline(config)]));
      await upstreams.destroy();
      records.flush();
      ledger.close();
      await log.stop(signal);
    },
    readiness: () => [
      log.readiness(),
      server.port > 0 ? { name: "server", ready: true } : { name: "server", ready: false, reason: "not listening" },
    ],
    ports: () => ({ gateway: server.port }),
  };
}

async function recover({ config, logger, worker }: AppContext<Config>): Promise<Recovery> {
  try {
    const recovery = await recoverDirectory(config.log.dir, config.name, worker);
    const { completed } = recovery;
    if (completed.length > 0) logger.warn({ files: completed }, "completed log files whose last line was torn");
    return recovery;
  } catch (cause) {
    throw new StartError(`log.dir: cannot read the older log files in ${config.log.dir}: ${String(cause)}`, { cause });
  }
}

interface LedgerParts {
  readonly boot: string;
  readonly previous: PreviousBoot | undefined;
  readonly writer: LogWriter;
  readonly inFlight: () => readonly number[];
}

function createLedger(config: Config, parts: LedgerParts): Ledger {
  const { boot, previous, writer, inFlight } = parts;
  const append = config.log.format === "v1" ? (line: string) => writer.append(line) : undefined;
  return new Ledger({ gateway: config.name, boot, previous, intervalMs: config.log.markIntervalMs, inFlight, append });
}

function createRecordSink(config: Config, parts: { boot: string; writer: LogWriter; ledger: Ledger; metrics: Metrics }): RecordSink {
  const { boot, writer, ledger, metrics } = parts;
  const { log, capture } = config;
  const lines = new RecordLines({
    gateway: config.name,
    boot,
    masker: createMasker(config.masking),
    capture,
    lineBytesMax: log.lineBytesMax,
    readCaller: compileCaller(config.caller),
  });
  const timeZone = log.seedTimeZone || Intl.DateTimeFormat().resolvedOptions().timeZone;
  const format = log.format === "v1" ? (line: string) => line : seedFormat(timeZone);
  return new RecordSink({ lines, format, writer, ledger, calls: new CallMetrics(metrics), onShed: () => metrics.bodiesShed.inc() });
}

/** Aborts early enough that the records of what was in flight are still written before the deadline. */
function inFlightDeadline({ shutdownDeadlineMs }: Config): AbortSignal {
  return AbortSignal.timeout(Math.max(0, shutdownDeadlineMs - Math.min(flushMsMax, shutdownDeadlineMs * flushShare)));
}
