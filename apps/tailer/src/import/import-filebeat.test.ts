import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { importFilebeat, type ImportResult } from "./import-filebeat.ts";

const file = "filebeat.yml";
const output = "\noutput.logstash.hosts: [a:5044]\n";

/** The converted YAML as a value, to be compared in parts. */
function configOf({ yaml }: ImportResult): Record<string, unknown> {
  return parse(yaml) as Record<string, unknown>;
}

/** The first input that is made of these options. */
function inputOf(options: string): Record<string, unknown> {
  const result = importFilebeat(`filebeat.inputs:\n- { type: log, paths: [/a], ${options} }${output}`, { file });
  return (configOf(result)["inputs"] as Record<string, unknown>[])[0] ?? {};
}

function messages({ notes, errors }: ImportResult): string {
  return [...errors, ...notes].map(({ key, line, message }) => `${key} (${line ?? "-"}) ${message}`).join("\n");
}

describe("the ways to write a setting", () => {
  test.each([
    ["dotted", "filebeat.inputs:\n- type: log\n  paths: [/a]\n  multiline.pattern: x\n  multiline.match: after"],
    ["nested", "filebeat:\n  inputs:\n  - type: log\n    paths: [/a]\n    multiline: { pattern: x, match: after }"],
    ["mixed", "filebeat.inputs:\n- type: log\n  paths: /a\n  multiline:\n    pattern: x\n  multiline.match: after"],
    ["anchored", "x: &m { multiline: { pattern: x, match: after } }\nfilebeat.inputs:\n- <<: *m\n  type: log\n  paths: [/a]"],
    ["called prospector", "filebeat.prospectors:\n- input_type: log\n  paths: [/a]\n  multiline: {match: after, pattern: x}"],
  ])("%s are the same", (_, text) => {
    expect(configOf(importFilebeat(text + output, { file }))["inputs"]).toEqual([
      { id: "log-1", paths: ["/a"], parsers: [{ multiline: { type: "pattern", pattern: "x", match: "after" } }] },
    ]);
  });

  test("a file of inputs alone, as filebeat.config.inputs names them, is taken, and asked for its output", () => {
    const result = importFilebeat("- type: filestream\n  id: a\n  paths: [/a]\n", { file: "inputs.d/a.yml" });
    expect(configOf(result)).toMatchObject({ inputs: [{ id: "a" }] });
    expect(result.errors).toEqual([{ key: "output", message: "is missing: name the receiver instead of 127.0.0.1:5044" }]);
  });

  test("a key that stands twice counts as it stands last", () => {
    expect(inputOf("encoding: gbk, encoding: big5")).toMatchObject({ encoding: "big5" });
  });
});

describe("references", () => {
  const text = `filebeat.inputs: [{ type: log, paths: ["\${LOGS:/var/log}/*.log"] }]\noutput.logstash.hosts: ["\${HOST}:5044"]\n`;

  test("with a default have it, and it is told", () => {
    const result = importFilebeat(text, { file });
    expect(configOf(result)).toMatchObject({ inputs: [{ paths: ["/var/log/*.log"] }] });
    expect(messages(result)).toContain("filebeat.inputs[0].paths[0] (1) has the default of ${LOGS}");
  });

  test("without a value stand as they are, and have to be put right by hand", () => {
    const result = importFilebeat(text, { file });
    expect(configOf(result)).toMatchObject({ output: { lumberjack: { hosts: ["${HOST}:5044"] } } });
    expect(result.errors).toEqual([
      { key: "output.logstash.hosts[0]", line: 2, message: "the value of ${HOST} is not known here: write it where it stands in the YAML" },
    ]);
  });

  test("to what the environment has are put in", () => {
    const result = importFilebeat(text, { file, environment: { HOST: "logstash", LOGS: "/logs" } });
    expect(configOf(result)).toMatchObject({ inputs: [{ paths: ["/logs/*.log"] }], output: { lumberjack: { hosts: ["logstash:5044"] } } });
    expect([...result.errors, ...result.notes]).toEqual([]);
  });

  test("to another setting of the file have its value", () => {
    const { yaml } = importFilebeat("path.logs: /x\nfilebeat.inputs: [{ type: log, paths: ['${path.logs}/*.log'] }]" + output, { file });
    expect(parse(yaml)).toMatchObject({ inputs: [{ paths: ["/x/*.log"] }] });
  });

  test("in a number leave it out, and it is told", () => {
    const result = importFilebeat("filebeat.inputs: [{ type: log, paths: [/a], close_inactive: '${X}' }]" + output, { file });
    expect(configOf(result)).not.toHaveProperty("close");
    expect(messages(result)).toContain("close_inactive (1) the value of ${X} is not known here");
  });

  test("to themselves end", () => {
    const result = importFilebeat("name: '${name}'\nfilebeat.inputs: [{ type: log, paths: [/a] }]" + output, { file });
    expect(configOf(result)).toMatchObject({ name: "${name}" });
  });
});

describe("an input", () => {
  test.each([
    ["json: {}", { parsers: [{ ndjson: { target: "json", addErrorKey: false } }] }],
    ["json.keys_under_root: true", { parsers: [{ ndjson: { target: "", messageKey: "message", addErrorKey: false } }] }],
    [
      "docker-json.stream: stdout, multiline: { type: count, count_lines: 2 }",
      {
        parsers: [{ container: { stream: "stdout" } }, { multiline: { type: "count", count: 2 } }],
      },
    ],
    ["line_terminator: paragraph_separator", { delimiter: "\u2029" }],
    ["encoding: GB2312", { encoding: "gbk" }],
    ["encoding: utf-16be-bom", { encoding: "utf-16be" }],
    ["fields: { a.b: 1 }", { fields: { a: { b: 1 } } }],
    ["document_type: nginx", { fields: { type: "nginx" }, fieldsUnderRoot: true }],
    ["document_type: nginx, fields: { a: 1 }", { fields: { a: 1, type: "nginx" } }],
    ["ignore_older: 10m, clean_inactive: 1m", { ignoreOlderMs: 600_000, cleanInactiveMs: 610_001 }],
    ["clean_inactive: -1", { id: "log-1" }],
    ["include_lines: ERR, exclude_lines: [^DBG]", { includeLines: ["ERR"], excludeLines: ["^DBG"] }],
  ] as const)("with %s has its equivalent", (options, expected) => {
    expect(inputOf(options)).toMatchObject(expected);
  });

  test("of type docker reads the logs of its containers", () => {
    const { yaml } = importFilebeat("filebeat.inputs: [{ type: docker, containers.ids: ['*'] }]" + output, { file });
    expect(parse(yaml)).toMatchObject({ inputs: [{ paths: ["/var/lib/docker/containers/*/*.log"], parsers: [{ container: {} }] }] });
  });

  test("whose id is another's gets one of its own", () => {
    const inputs = "filebeat.inputs: [{ type: filestream, id: a, paths: [/a] }, { type: filestream, id: a, paths: [/b] }]";
    const result = importFilebeat(inputs + output, { file });
    expect(configOf(result)).toMatchObject({ inputs: [{ id: "a" }, { id: "a-2" }] });
    expect(messages(result)).toContain("is used twice");
  });

  test.each([
    ["exclude_files: ['(?i)gz']", "filebeat.inputs[0].exclude_files (2) has what globs cannot say"],
    ["encoding: koi8r", "filebeat.inputs[0].encoding (2) koi8r is not among the tailer's encodings"],
    ["paths: ['C:\\logs\\*.log']", "filebeat.inputs[0].paths (2) has paths of Windows"],
    ["multiline.negate: true", "filebeat.inputs[0].multiline (2) says too little to be used"],
    ["close_inactive: soon", 'filebeat.inputs[0].close_inactive (2) "soon" is not a duration such as 5m'],
    ["fields: { host: x }, fields_under_root: true", "filebeat.inputs[0].fields (2) the event has its own host"],
    ["json: { keys_under_root: true, overwrite_keys: true }", "overwrite_keys (2) has no equivalent: @timestamp, @metadata, host"],
    ["wonder: true", "filebeat.inputs[0].wonder (2) is not known to this import"],
    ["paths: [logs/*.log]", "has a relative path"],
    ["paths: [/var/log/*]", "may match .gz files"],
  ])("with %s is told of", (options, message) => {
    const result = importFilebeat(`filebeat.inputs:\n- { type: log, paths: [/a], ${options} }${output}`, { file });
    expect(messages(result)).toContain(message);
  });

  test("gets tags and fields of all inputs, its own count more", () => {
    const { yaml } = importFilebeat(
      "tags: [x]\nfields: {a: 1, b: 1}\nfilebeat.inputs: [{paths: [/a], tags: [y, x], fields: {b: 2}}]" + output,
      { file },
    );
    expect(parse(yaml)).toMatchObject({ inputs: [{ tags: ["x", "y"], fields: { a: 1, b: 2 } }] });
  });
});

describe("what is one for all inputs", () => {
  test("is the shortest scan and the longest close, Filebeat's defaults among them", () => {
    const inputs = "filebeat.inputs: [{ paths: [/a], scan_frequency: 60s, close_inactive: 1m, harvester_limit: 3 }, { paths: [/b] }]";
    const result = importFilebeat(inputs + output, { file });
    expect(configOf(result)).toMatchObject({ scan: { intervalMs: 10_000 }, close: { inactiveMs: 300_000 } });
    expect(messages(result)).toContain("scan_frequency (1) became scan.intervalMs, the shortest of all inputs: 10000 ms");
    expect(messages(result)).toContain("harvester_limit (1) was left out");
  });

  test("says whose value others get who did not ask for it", () => {
    const inputs = "filebeat.inputs: [{ paths: [/a], scan_frequency: 5s }, { paths: [/b] }]";
    const result = importFilebeat(inputs + output, { file });
    expect(configOf(result)).toMatchObject({ scan: { intervalMs: 5000 } });
    expect(messages(result)).toContain(
      "scan_frequency (1) became scan.intervalMs, the shortest of all inputs: 5000 ms, also for those that do not set it",
    );
    const alike = importFilebeat("filebeat.inputs: [{ paths: [/a], scan_frequency: 5s }, { paths: [/b], scan_frequency: 5s }]" + output, {
      file,
    });
    expect(messages(alike)).not.toContain("scan_frequency");
  });

  test("agrees with itself: polls, and the time after which a file is forgotten", () => {
    const { yaml } = importFilebeat("filebeat.inputs: [{ paths: [/a], backoff: 20s, scan_frequency: 48h }]" + output, { file });
    expect(parse(yaml)).toMatchObject({ scan: { pollMinMs: 20_000, pollMaxMs: 20_000 }, cleanRemovedMs: 48 * 3_600_000 + 30_001 });
  });
});

describe("an output", () => {
  test("to a file of a size beyond all bounds is rotated at the largest that there is", () => {
    const result = withOutput("output.file: { rotate_every_kb: 99999999999999 }");
    expect(configOf(result)).toMatchObject({ output: { file: { rotateBytesMax: Number.MAX_SAFE_INTEGER } } });
    expect(messages(result)).toContain("rotate_every_kb (2) became rotateBytesMax, from 1 MiB to ");
  });

  test.each(["/**", "/var/out/*", "/var/out/filebeat.1"])(
    "to a file that an input reads, as %s does, is excluded from it, and told",
    (path) => {
      const result = importFilebeat(`filebeat.inputs: [{ paths: ["${path}"] }, { paths: [/a] }]\noutput.file: { path: /var/out }`, {
        file,
      });
      expect(configOf(result)["inputs"]).toMatchObject([
        { exclude: ["/var/out/filebeat", "/var/out/filebeat.+([0-9])"] },
        { paths: ["/a"] },
      ]);
      expect(messages(result)).toContain("inputs[0].exclude (-) got the file of the output");
    },
  );

  const withOutput = (text: string) => importFilebeat(`filebeat.inputs: [{ paths: [/a], fields: { t: one } }]\n${text}`, { file });

  test("to Logstash on the default port, with back-off that agrees with itself", () => {
    const { yaml } = withOutput("output.logstash: { hosts: logstash, backoff.init: 20s }");
    expect(parse(yaml)).toMatchObject({
      output: { lumberjack: { hosts: ["logstash:5044"] } },
      retry: { minMs: 20_000, maxMs: 20_000 },
    });
  });

  test.each(["%{[message]}", " %{[message]} "])("to Kafka with the format %j sends the line alone", (format) => {
    const { yaml } = withOutput(`output.kafka: { hosts: [k], topic: "%{[fields.t]}-log", codec.format.string: "${format}" }`);
    expect(parse(yaml)).toMatchObject({ output: { topic: { kafka: { brokers: ["k:9092"] }, name: "one-log", value: "raw" } } });
  });

  test("to a topic that changes with the event has to be put right by hand", () => {
    const result = withOutput(`output.kafka: { hosts: [k], topic: "%{[kubernetes.namespace]}" }`);
    expect(configOf(result)).toMatchObject({ output: { topic: { name: "change-me", value: "event" } } });
    expect(messages(result)).toContain('output.kafka.topic (2) "%{[kubernetes.namespace]}" is not one name for all inputs');
  });

  test("to Elasticsearch becomes one to the processor, and says how to set that up", () => {
    const result = withOutput("output.elasticsearch: { hosts: [es:9200], password: secret }");
    expect(configOf(result)).toMatchObject({ output: { lumberjack: { hosts: ["127.0.0.1:5044"] } } });
    expect(messages(result)).toContain("outputs: [{ elasticsearch: { nodes: [http://es:9200]");
    expect(messages(result)).not.toContain("secret");
  });

  test("that is not known is told of, and the YAML names a receiver to be changed", () => {
    const result = withOutput("output.redis: { hosts: [r] }");
    expect(messages(result)).toContain("output.redis (2) has no equivalent");
    expect(messages(result)).toContain("output (-) is missing");
  });
});

/** Six lists, each of twenty times the one before: 64 million values of a few hundred bytes. */
const aliasBomb = ["a", "b", "c", "d", "e", "f"]
  .map((name, index, names) => {
    const before = index === 0 ? "x" : `*${names[index - 1]}`;
    return `${name}: &${name} [${Array.from({ length: 20 }, () => before).join(",")}]`;
  })
  .join("\n");

describe("a text that is no filebeat.yml", () => {
  test.each([
    ["a: [", /^filebeat\.yml:1 is no YAML: .*; correct it and try again$/],
    ["a: b: c", /^filebeat\.yml:1 is no YAML: /],
    ["", /^filebeat\.yml is no filebeat\.yml: it has neither/],
    ["just a text", /is no filebeat\.yml/],
    ["[1, 2]", /is no filebeat\.yml/],
    ["metricbeat.modules: []", /is no filebeat\.yml/],
    ["apiVersion: v1\nkind: ConfigMap\ndata: { filebeat.yml: x }", /is a manifest of Kubernetes/],
    ["a: &a [*a]\noutput.console: {}", /is nested deeper than 64 levels/],
    [`output: ${"[".repeat(70)}${"]".repeat(70)}`, /is nested deeper than 64 levels/],
    [aliasBomb, /holds more than 100000 settings/],
  ])("is refused with one sentence: %j", (text, sentence) => {
    expect(() => importFilebeat(text, { file })).toThrow(sentence);
    try {
      importFilebeat(text, { file });
    } catch (error) {
      expect((error as Error).message).not.toContain("\n");
      expect((error as Error).name).toBe("StartError");
    }
  });
});
