export { type App, type AppContext, type PartReadiness } from "./app.ts";
export { errors, type ServiceKitErrorCode } from "./errors.ts";
export { loadConfig, loadYamlFile, type ConfigCheck, type LoadConfigOptions, type LoadedConfig } from "./load-config.ts";
export { ensureWritableDirectory, listenError } from "./local-checks.ts";
export { runApp, type RunAppOptions } from "./run-app.ts";
export { commonConfig, exactlyOne, FileUrl, logLevels, Path, Secret, type CommonConfig, type ExactlyOne } from "./schema.ts";
export { ConfigError, StartError, type ConfigProblem } from "./start-error.ts";
export { type Logger } from "pino";
export { type Registry } from "prom-client";
