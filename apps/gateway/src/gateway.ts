import { formatFitting, formatSeed, type LogRecord } from "@gatelog/log-record";
import { createMasker } from "@gatelog/masking";
import { ensureWritableDirectory, StartError, type App, type AppContext, type Logger, type PartReadiness } from "@gatelog/service-kit";
import { CallHandler } from "./call-handler.ts";
import { CallMetrics } from "./call-metrics.ts";
import { TrustedProxies } from "./client-address.ts";
import type { Config } from "./config.ts";
import type { Exchange } from "./exchange.ts";
import { Exchanges } from "./exchanges.ts";
import { Ledger } from "./ledger.ts";
import { LogFiles, type OpenFile } from "./log-files.ts";
import { newBoot } from "./log-names.ts";
import { recoverDirectory, type PreviousBoot, type Recovery } from "./log-recovery.ts";
import { LogReporter } from "./log-reporter.ts";
import { LogWriter } from "./log-writer.ts";
import { createMetrics } from "./metrics.ts";
import { RecordBuilder } from "./record-builder.ts";
import { RoutesDirectory } from "./routes-directory.ts";
import { GatewayServer } from "./server.ts";
import { Upstreams } from "./upstreams.ts";

/** Share of the stop's deadline that is kept for the log after the calls in flight. */
const flushShare = 0.2;
const flushMsMax = 2000;

/** What a test may put in the place of the machine's own. */
export interface GatewayParts {
  readonly openFile?: OpenFile;
}

/** Wires the gateway. **Errors**: StartError, ConfigError for a routes file. */
export async function createGateway(context: AppContext<Config>, parts: GatewayParts = {}): Promise<App> {
  const { config, logger, clock } = context;
  const boot = newBoot(clock.now());
  await ensureWritableDirectory(config.log.dir, "log.dir");
  const { previous } = await recover(config, logger);

  const metrics = createMetrics(context.metrics, {
    inFlight: () => ledger.inFlight,
    connections: () => exchanges.connections,
    pendingBytes: () => writer.pendingBytes,
    routes: () => handler.table.size,
  });
  const reporter = new LogReporter({ logger, metrics, clock });
  const writer = new LogWriter({
    files: createLogFiles(config, { boot, reporter, openFile: parts.openFile }),
    rotateBytesMax: config.log.rotateBytesMax,
    pendingBytesMax: config.log.pendingBytesMax,
    clock,
    onEvent: (event) => reporter.report(event),
  });
  const ledger = createLedger(config, { boot, previous, writer });
  const records = recordSink(config, boot, writer, () => metrics.bodiesShed.inc());
  const calls = new CallMetrics(metrics);
  const exchanges = new Exchanges({
    ledger,
    trustedProxies: new TrustedProxies(config.trustedProxies),
    bodyBytesMax: config.capture.bodyBytesMax,
    clock,
    onEnd: (exchange) => {
      records(exchange);
      ledger.ended(exchange.seq);
      calls.count(exchange);
    },
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
    inFlight: () => ledger.inFlight,
    pressure: () => writer.pressure,
  });
  const server = new GatewayServer({ config, exchanges, handler, onConnectionDropped: () => metrics.connectionsDropped.inc() });
  let logCheck: NodeJS.Timeout | undefined;
  context.onSignal("SIGUSR1", () => writer.reopen());

  return {
    async start() {
      await writer.start().catch((cause: unknown) => {
        throw new StartError(`log.dir: cannot make a log file in ${config.log.dir}: ${String(cause)}`, { cause });
      });
      ledger.start();
      await server.start();
      routes.watch();
      logCheck = setInterval(() => void writer.check(), config.log.markIntervalMs);
      logCheck.unref();
    },
    async stop(signal) {
      routes.stop();
      clearInterval(logCheck);
      await server.stop(AbortSignal.any([signal, inFlightDeadline(config)]));
      await upstreams.destroy();
      ledger.close();
      await writer.stop(signal);
    },
    readiness: () => [
      logReadiness(writer),
      server.port > 0 ? { name: "server", ready: true } : { name: "server", ready: false, reason: "not listening" },
    ],
    ports: () => ({ gateway: server.port }),
  };
}

async function recover(config: Config, logger: Logger): Promise<Recovery> {
  try {
    const recovery = await recoverDirectory(config.log.dir, config.name);
    if (recovery.completed.length > 0) logger.warn({ files: recovery.completed }, "completed log files whose last line was torn");
    return recovery;
  } catch (cause) {
    throw new StartError(`log.dir: cannot read the older log files in ${config.log.dir}: ${String(cause)}`, { cause });
  }
}

function createLogFiles(config: Config, parts: { boot: string; reporter: LogReporter; openFile: OpenFile | undefined }): LogFiles {
  const { boot, reporter, openFile } = parts;
  const onUnsynced = (path: string, error: unknown) => reporter.report({ type: "unsynced", path, error });
  return new LogFiles({ dir: config.log.dir, gateway: config.name, boot, onUnsynced }, openFile);
}

function createLedger(config: Config, parts: { boot: string; previous: PreviousBoot | undefined; writer: LogWriter }): Ledger {
  const { boot, previous, writer } = parts;
  const append = config.log.format === "v1" ? (line: string) => writer.append(line) : undefined;
  return new Ledger({ gateway: config.name, boot, previous, intervalMs: config.log.markIntervalMs, append });
}

/** Makes the record of a call that has ended and hands its line to the writer. */
function recordSink(config: Config, boot: string, writer: LogWriter, onShed: () => void): (exchange: Exchange) => void {
  const masker = createMasker({ headers: config.masking.headers, keys: config.masking.keys });
  const builder = new RecordBuilder({ gateway: config.name, boot, masker, bodyBytesMax: config.capture.bodyBytesMax });
  const format = lineFormat(config);
  return (exchange) => {
    if (writer.pressure !== "none") {
      exchange.requestBody.shed();
      exchange.responseBody.shed();
      onShed();
    }
    writer.append(format(builder.build(exchange)));
  };
}

function lineFormat({ log }: Config): (record: LogRecord) => string {
  if (log.format === "v1") return (record) => formatFitting(record, log.lineBytesMax);
  const timeZone = log.seedTimeZone || Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (record) => formatSeed(record, { timeZone });
}

/** Aborts early enough that the records of what was in flight are still written before the deadline. */
function inFlightDeadline({ shutdownDeadlineMs }: Config): AbortSignal {
  return AbortSignal.timeout(Math.max(0, shutdownDeadlineMs - Math.min(flushMsMax, shutdownDeadlineMs * flushShare)));
}

function logReadiness(writer: LogWriter): PartReadiness {
  const { failure, pressure } = writer;
  if (failure !== undefined)
    return {
      name: "log",
      ready: false,
      reason: `the log file cannot be written: ${failure instanceof Error ? failure.message : "unknown error"}`,
    };
  if (pressure !== "none") return { name: "log", ready: false, reason: `${writer.pendingBytes} bytes of records wait for the disk` };
  return { name: "log", ready: true };
}
