import { createLumberjackServer } from "/work/main/libs/lumberjack/src/index.ts";
const s = createLumberjackServer({ host: "127.0.0.1", port: 5999, onBatch: async () => {} }); await s.start(); setTimeout(() => process.exit(0), 60000);
