export { buildApp } from "./build-app.ts";
export { installMissing, type NeededProgram } from "./debian.ts";
export { nginxProgram, originalConfiguration, startNginx, type Nginx } from "./nginx.ts";
