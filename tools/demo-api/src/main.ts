import { createDemoApi } from "./demo-api.ts";

const portDefault = 8080;

/** `main.ts [PORT]`, or the variable PORT; loopback only. Says `{type:"listening",port}` to its parent process, if there is one. */
async function main(): Promise<void> {
  const port = Number(process.argv[2] ?? process.env["PORT"] ?? portDefault);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("the port must be a number from 0 to 65535");
  const app = createDemoApi();
  const stop = () => void app.close().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (process.send !== undefined) process.once("disconnect", stop);
  await app.listen({ host: "127.0.0.1", port });
  const [address] = app.addresses();
  const chosen = typeof address === "object" ? address.port : port;
  console.log(`demo-api listening on http://127.0.0.1:${chosen}/springboot-demo/hello`);
  process.send?.({ type: "listening", port: chosen }, undefined, undefined, () => undefined);
}

try {
  await main();
} catch (error) {
  console.error(`gatelog demo-api: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
