import { dirname } from "node:path";
import { checkTlsFiles, checkWritableDirectory } from "@gatelog/service-kit";
import type { Config } from "../config.ts";

/** Looks at the files and directories that outputs name, as a start would. **Errors**: StartError, one sentence. */
export function checkOutputFiles(config: Config): void {
  for (const [index, output] of config.outputs.entries()) {
    const key = `outputs[${index}]`;
    if ("file" in output) checkWritableDirectory(dirname(output.file.path), `${key}.file.path`);
    if ("http" in output && output.http.tls !== undefined) checkTlsFiles(output.http.tls, `${key}.http.tls`);
    if ("elasticsearch" in output && output.elasticsearch.tls !== undefined)
      checkTlsFiles(output.elasticsearch.tls, `${key}.elasticsearch.tls`);
    if (!("topic" in output)) continue;
    if ("embedded" in output.topic) checkWritableDirectory(output.topic.embedded.dir, `${key}.topic.embedded.dir`);
    else if (output.topic.kafka.tls !== undefined) checkTlsFiles(output.topic.kafka.tls, `${key}.topic.kafka.tls`);
  }
}
