export { type App, type AppContext, type AppSignal, type PartReadiness, type WorkerIdentity } from "./app.ts";
export { clientTls, type ClientTls, clientTlsProblems, kafkaClient, kafkaProducer } from "./client-schema.ts";
export { AppendFile } from "./append-file.ts";
export { RotatedFile, type RotatedFileOptions } from "./rotated-file.ts";
export { writeNewFile } from "./write-new-file.ts";
export { defaultOf } from "./config/defaults.ts";
export { type JsonSchema } from "./config/json-schema.ts";
export { nearestName } from "./config/check.ts";
export { readFailure } from "./config/document.ts";
export { type CodeReader, type CodeValue, isCodeFile } from "./config/code-document.ts";
export { checkCodeTypes, type CodeTypes, type TypeCheck } from "./code/check-code-types.ts";
export { CodeError, runCode } from "./code/run-code.ts";
export { checkOptions, type CheckOptionsOptions } from "./config/options.ts";
export { errors, type ServiceKitErrorCode } from "./errors.ts";
export {
  loadConfig,
  loadYamlFile,
  type ConfigCheck,
  type LoadConfigOptions,
  type LoadedConfig,
  type LoadYamlOptions,
} from "./load-config.ts";
export { checkWritableDirectory, codeOf, ensureWritableDirectory, listenError, type ListenTarget } from "./local-checks.ts";
export { type ConfigSource, ConfigWatch, type ConfigWatchOptions } from "./reload/config-watch.ts";
export { runApp, type AppCommand, type AppSchema, type CommandTools, type ConfigCode, type RunAppOptions } from "./run-app.ts";
export {
  commonConfig,
  exactlyOne,
  FileUrl,
  logLevels,
  Path,
  resolveKinds,
  Secret,
  type CommonConfig,
  type ExactlyOne,
  type ResolveKind,
} from "./schema.ts";
export { ConfigError, StartError, type ConfigProblem, type StartErrorOptions } from "./start-error.ts";
export { findVersion } from "./version.ts";
export {
  checkTlsFiles,
  clientTlsMaterial,
  type ClientTlsMaterial,
  type TlsFileNames,
  TlsFiles,
  type TlsFilesOptions,
  type TlsMaterial,
} from "./tls-files.ts";
export { AdminRefusal, type AdminMethod, type AdminRequest } from "./admin-request.ts";
export { type AdminAnswer, type AdminRoute, type AdminServer } from "./admin-server.ts";
export { type Logger } from "pino";
export { type Registry } from "prom-client";
