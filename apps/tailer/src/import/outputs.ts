import type { ImportNotes } from "./import-notes.ts";
import { convertKafka } from "./output-kafka.ts";
import { convertLogstash, convertSending } from "./output-logstash.ts";
import type { Settings } from "./settings.ts";
import type { TargetConfig, TargetInput } from "./target.ts";

type Output = Partial<TargetConfig> & Pick<TargetConfig, "output">;
type Convert = (settings: Settings, inputs: readonly TargetInput[]) => Output;

/** In the order in which they are taken where a file has several; Filebeat would refuse to start. */
const converters: readonly (readonly [name: string, convert: Convert])[] = [
  ["logstash", convertLogstash],
  ["kafka", convertKafka],
  ["elasticsearch", convertElasticsearch],
  ["file", convertFile],
  ["console", convertConsole],
];

/** Where the processor, or Logstash, is looked for until somebody says where it is. */
const processorHost = "127.0.0.1:5044";
const toProcessor: Output = { output: { lumberjack: { hosts: [processorHost] } } };

/** Converts the output that is enabled. */
export function convertOutput(root: Settings, inputs: readonly TargetInput[], notes: ImportNotes): Output {
  const output = root.under("output");
  const enabled = output.names().filter((name) => isEnabled(output, name));
  const first = converters.find(([name]) => enabled.includes(name));
  for (const name of enabled) {
    if (name === first?.[0]) continue;
    const message = converters.some(([other]) => other === name)
      ? `was left out: there is one output, and ${first?.[0]} was taken`
      : `has no equivalent: send to the processor, and from there to Elasticsearch or Kafka`;
    output.error(name, message);
  }
  if (first !== undefined) return first[1](output.under(first[0]), inputs);
  notes.addGeneralError("output", `is missing: name the receiver instead of ${processorHost}`);
  return toProcessor;
}

function isEnabled(output: Settings, name: string): boolean {
  if (output.boolean(`${name}.enabled`) !== false) return true;
  output.note(name, "is not enabled and was left out");
  return false;
}

function convertElasticsearch(settings: Settings): Output {
  const nodes = settings.strings("hosts").map((host) => (host.includes("://") ? host : `http://${host}`));
  const how = `outputs: [{ elasticsearch: { nodes: [${nodes.join(", ")}], index: … } }]`;
  settings.errorAll(
    `goes through the processor: put one at ${processorHost}, or name where it is in output.lumberjack.hosts, and give it ${how}; ` +
      "users, keys, TLS, pipelines and templates are its matter",
  );
  return toProcessor;
}

const rotation = { bytesMin: 1024 * 1024, bytesMax: Number.MAX_SAFE_INTEGER, filesMin: 2, filesMax: 1000 };

function convertFile(settings: Settings): Output {
  const [directory, name] = [settings.string("path") ?? "/tmp/filebeat", settings.string("filename") ?? "filebeat"];
  const [kilobytes, files] = [settings.integer("rotate_every_kb"), settings.integer("number_of_files")];
  for (const key of ["permissions", "rotate_on_startup"]) settings.note(key, "has no equivalent");
  settings.note("queue", "is not needed: the files are the queue");
  const rotateBytesMax = kilobytes === undefined ? undefined : Math.min(Math.max(kilobytes * 1024, rotation.bytesMin), rotation.bytesMax);
  const filesMax = files === undefined ? undefined : Math.min(Math.max(files, rotation.filesMin), rotation.filesMax);
  if (rotateBytesMax !== (kilobytes ?? NaN) * 1024)
    settings.note("rotate_every_kb", `became rotateBytesMax, from 1 MiB to ${rotation.bytesMax} bytes`);
  if (filesMax !== files) settings.note("number_of_files", `became filesMax, from ${rotation.filesMin} to ${rotation.filesMax}`);
  const file = { path: `${directory}/${name}`, format: convertFormat(settings), rotateBytesMax, filesMax };
  return { output: { file }, ...convertSending(settings) };
}

function convertConsole(settings: Settings): Output {
  settings.note("pretty", "has no equivalent: an event is a line");
  settings.note("queue", "is not needed: the files are the queue");
  return { output: { stdout: { format: convertFormat(settings) } }, ...convertSending(settings) };
}

/** Filebeat's default is the whole event as JSON; `%{[message]}` is the line. */
function convertFormat(settings: Settings): "raw" | undefined {
  const format = settings.string("codec.format.string");
  if (format?.trim() === "%{[message]}") return "raw";
  settings.note("codec", "has no equivalent: a line is an event as JSON, or with format: raw its message");
  return undefined;
}
