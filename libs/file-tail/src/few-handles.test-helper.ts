// A process that may have few files open, for tests: tails a directory of more files than that, and prints how it got on.
import { createFileTail } from "./file-tail.ts";
import { fastLimits } from "./fixture.test-helper.ts";

const [logs = "", registryDir = "", count = ""] = process.argv.slice(2);
let refused = 0;
const lines = new Set<string>();
const tail = createFileTail({
  inputs: [{ id: "test", paths: [`${logs}/*.log`] }],
  registryDir,
  limits: fastLimits,
  onEvent: (event) => {
    if (event.type === "readFailed" && event.error instanceof Error && "code" in event.error && event.error.code === "EMFILE") refused += 1;
  },
});
await new Promise<void>((resolve, reject) => {
  tail
    .start((batch) => {
      for (const { bytes } of batch.toLines()) lines.add(Buffer.from(bytes).toString());
      if (lines.size === Number(count)) resolve();
      return Promise.resolve();
    })
    .catch(reject);
});
await tail.stop();
process.stdout.write(JSON.stringify({ lines: lines.size, wasRefused: refused > 0 }));
