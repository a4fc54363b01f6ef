import { temporaryDirectory } from "@gatelog/testkit";
import { profilerArguments, reportProfile } from "../profile-report.ts";
import { startGatelog } from "./gatelog.ts";
import { mainLoad } from "./main-load.ts";
import { measureRound } from "./round.ts";

const warmUpSeconds = 5;

/** Profiles ours under the main load and prints where its time goes. Leaves the `.cpuprofile`, which Chrome's DevTools open. */
export async function profileGateway(
  options: { readonly upstreamPort: number; readonly bundle: string; readonly seconds: number },
  say: (text: string) => void,
): Promise<void> {
  const { upstreamPort, bundle, seconds } = options;
  const directory = await temporaryDirectory("gatelog-profile-");
  const nodeArguments = profilerArguments(directory.path);
  const gateway = await startGatelog({ name: "gatelog", upstreamPort, bundle, nodeArguments });
  const span = { from: 0, to: 0 };
  try {
    await measureRound(gateway, { ...mainLoad, seconds: warmUpSeconds });
    span.from = nowUs();
    const round = await measureRound(gateway, { ...mainLoad, seconds });
    span.to = span.from + round.seconds * 1e6;
    say(`${round.requestsPerSecond.toFixed(0)} req/s, ${round.cpuPerRequestUs.toFixed(1)} µs CPU a request while it was profiled`);
  } finally {
    await gateway.stop();
  }
  reportProfile({ directory: directory.path, span }, say);
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
