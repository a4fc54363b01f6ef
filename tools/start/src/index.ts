export { configurations, routes, stages, stopDeadlineMs, type Ports, type Stage } from "./configurations.ts";
export { parseOptions, type StartOptions } from "./options.ts";
