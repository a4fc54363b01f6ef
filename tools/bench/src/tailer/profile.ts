import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import { profilerArguments, reportProfile } from "../profile-report.ts";
import { measureBacklog } from "./backlog.ts";
import { describeRound } from "./contest.ts";
import { gatelogTailer } from "./gatelog-tailer.ts";
import { writeFileSet } from "./lines.ts";
import type { Programs } from "./programs.ts";

/** More than the tailer can do: the profile ends with the lines or with the time, whatever comes first. */
const linesPerSecond = 200_000;
const linesMax = 6_000_000;

/** Profiles ours while it reads one file, with compression 3, and prints where its time goes. Leaves the `.cpuprofile`. */
export async function profileTailer(
  options: { readonly bundle: string; readonly directory: string; readonly programs: Programs; readonly seconds: number },
  say: (text: string) => void,
): Promise<void> {
  const { bundle, programs, seconds } = options;
  const profiles = await temporaryDirectory("gatelog-profile-");
  const lines = Math.min(linesMax, seconds * linesPerSecond);
  const files = writeFileSet(join(options.directory, "profiled"), { files: 1, lines });
  const nodeArguments = profilerArguments(profiles.path);
  const tailer = gatelogTailer({ name: "gatelog", bundle, compressionLevel: 3, nodeArguments });
  const delivery = await measureBacklog(tailer, { files, programs });
  say(describeRound("while it was profiled", delivery));
  const { from, to } = delivery.span;
  reportProfile({ directory: profiles.path, span: { from, to: Math.min(to, from + seconds * 1e6) } }, say);
}
