import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { importLogstash } from "./import-logstash.ts";

/** What becomes of a pipeline, with inputs and outputs where a test says nothing of them. */
function imported(sections: { input?: string; filter?: string; output?: string }) {
  const { input = "beats { port => 5044 }", filter = "", output = "stdout { codec => json }" } = sections;
  const text = `input { ${input} }\nfilter {\n${filter}\n}\noutput { ${output} }`;
  const { yaml, notes, errors } = importLogstash([{ file: "a.conf", text }]);
  const config = parse(yaml) as { inputs: unknown[]; filters: unknown[]; outputs: unknown[] };
  return { ...config, yaml, notes, errors: errors.map(({ message }) => message) };
}

/** The condition that stands around a drop. */
function conditionOf(condition: string): unknown {
  const { filters, errors } = imported({ filter: `if ${condition} { drop {} }` });
  return errors.length > 0 ? errors : (filters[0] as { when: unknown }).when;
}

const exists = (field: string) => ({ all: [{ field, exists: true }, { not: { field, equals: false } }] });

describe("conditions", () => {
  test.each<[string, unknown]>([
    ['[a][b] == "x"', { field: "a.b", equals: "x" }],
    ["[a.b] != 5", { not: { field: "[a.b]", equals: 5 } }],
    ["400 <= [status]", { field: "status", gte: 400 }],
    ["[message] =~ /a\\/b/", { field: "message", matches: "a/b" }],
    ['[message] !~ "^x"', { not: { field: "message", matches: "(?m)^x" } }],
    ['"x" in [tags]', { field: "tags", contains: "x" }],
    ['[a] not in ["x", 1]', { not: { field: "a", in: ["x", 1] } }],
    ["[a]", exists("a")],
    ["![a]", { not: exists("a") }],
    ["![a] # why\n", { not: exists("a") }],
    [
      "[a] == 1 or [b] == 2 and [c] == 3",
      {
        any: [
          { field: "a", equals: 1 },
          {
            all: [
              { field: "b", equals: 2 },
              { field: "c", equals: 3 },
            ],
          },
        ],
      },
    ],
    [
      "([a] == 1 or [b] == 2) and !([c] == 3)",
      {
        all: [
          {
            any: [
              { field: "a", equals: 1 },
              { field: "b", equals: 2 },
            ],
          },
          { not: { field: "c", equals: 3 } },
        ],
      },
    ],
    [
      "[a] == 1 nand [b] == 2",
      {
        not: {
          all: [
            { field: "a", equals: 1 },
            { field: "b", equals: 2 },
          ],
        },
      },
    ],
    ['[type] == "nginx"', { field: "fields.type", equals: "nginx" }],
  ])("%s is translated", (source, condition) => {
    expect(conditionOf(source)).toEqual(condition);
  });

  test.each([
    ["[a] == [b]", "it compares a field with another field, which only a script can do"],
    ["[a] =~ /x(?!y)/", "the expression x(?!y) has something that RE2 has not"],
    ["[id] == 1", "the field [id] has a name that each event has for itself here"],
  ])("%s has no equivalent: what stands behind it is left out, and each part of it is named", (source, reason) => {
    const { filters, errors } = imported({ filter: `if ${source} { drop {} } else { mutate { lowercase => ["a"] } }` });
    expect(filters).toEqual([]);
    expect(errors).toHaveLength(3);
    expect(errors[0]).toContain(reason);
  });

  test("else if and else become conditions in each other, and conditions of outputs", () => {
    const branch = (name: string) => `if [a] == 1 { ${name} } else if [a] == 2 { ${name} } else { ${name} }`;
    const { filters, outputs } = imported({ filter: branch("drop {}"), output: branch("null {}") });
    const [one, two] = [1, 2].map((equals) => ({ field: "a", equals }));
    expect(filters).toEqual([{ when: one, do: [{ drop: {} }], else: [{ when: two, do: [{ drop: {} }], else: [{ drop: {} }] }] }]);
    expect(outputs).toEqual([
      { discard: {}, when: one },
      { discard: {}, as: "discard-2", when: { all: [{ not: one }, two] } },
      { discard: {}, as: "discard-3", when: { all: [{ not: one }, { not: two }] } },
    ]);
  });
});

describe("filters", () => {
  test("mutate is done in Logstash's own order, whatever the order in the file is", () => {
    const { filters } = imported({
      filter: `mutate { add_tag => ["t"] copy => { "b" => "c" } gsub => ["b", "x", "y"] rename => { "a" => "b" } remove_field => ["d"] }`,
    });
    expect(filters).toEqual([
      { rename: { fields: { a: "b" } } },
      { gsub: { field: "b", pattern: "x", replacement: "y" } },
      { copy: { fields: { b: "c" } } },
      { remove: { fields: ["d"] } },
      { addTag: { tags: ["t"] } },
    ]);
  });

  test("what a filter adds where it succeeded is added where it did not fail, and its id is its name", () => {
    const { filters, errors } = imported({ filter: `json { id => "app" source => "message" target => "app" add_tag => ["json"] }` });
    expect(errors).toEqual([]);
    expect(filters).toEqual([
      { json: { source: "message", target: "app" }, as: "app" },
      { when: { not: { field: "tags", contains: "_jsonparsefailure" } }, do: [{ addTag: { tags: ["json"] } }] },
    ]);
  });

  test("a Kafka input tells what becomes of a group that Logstash is in, too", () => {
    const { notes } = imported({ input: 'kafka { bootstrap_servers => "a:9092" topics => ["t"] group_id => "g" }' });
    expect(notes.map(({ message }) => message)).toContain(
      "joins the group g: while Logstash runs in it too, the brokers refuse the one that comes second",
    );
  });

  test("a filter whose success is told by a tag that one before it leaves, too, is told of", () => {
    const grok = (field: string, more = "") => `grok { match => { "${field}" => "%{IP:${field}ip}" } ${more} }`;
    const told = (filter: string) =>
      imported({ filter }).notes.filter(({ message }) => message.startsWith("adds nothing to an event with the tag"));
    const adding = grok("b", 'add_tag => ["ok"]');
    expect(told(`${grok("a")} ${adding}`)).toEqual([
      {
        what: "filter grok",
        place: expect.anything() as unknown,
        message: expect.stringContaining(
          "tag _grokparsefailure, which a filter before it may have left, too: then give each a tag_on_failure of its own",
        ),
      },
    ]);
    expect(told(`json { source => "a" } ${adding}`)).toEqual([]);
    expect(told(`${grok("a", 'tag_on_failure => ["a"]')} ${adding}`)).toEqual([]);
    expect(told(`if [x] { ${grok("a")} } else { ${adding} }`)).toEqual([]);
    expect(told(`if [x] { ${grok("a")} } else { drop {} } ${adding}`)).toHaveLength(1);
  });

  test("geoip becomes geoip, with its tag for addresses that are not known, beside the field of the address", () => {
    const { filters, errors } = imported({
      filter: `geoip { source => "[client][ip]" database => "/etc/GeoLite2-City.mmdb" add_tag => ["found"] }
        geoip { source => "ip" target => "place" database => "/etc/a.mmdb" tag_on_failure => ["nowhere"] add_tag => ["found"] }`,
    });
    expect(errors).toEqual([]);
    const found = (contains: string) => ({ when: { not: { field: "tags", contains } }, do: [{ addTag: { tags: ["found"] } }] });
    const tagOnUnknown = ["_geoip_lookup_failure"];
    expect(filters).toEqual([
      { geoip: { source: "client.ip", target: "client", file: "/etc/GeoLite2-City.mmdb", tagOnUnknown } },
      found("_geoip_lookup_failure"),
      { geoip: { source: "ip", target: "place", file: "/etc/a.mmdb", tagOnUnknown: ["nowhere"] } },
      found("nowhere"),
    ]);
  });

  test("a geoip without a file is told of, for here nothing is downloaded", () => {
    const { filters, errors } = imported({ filter: `geoip { source => "ip" }` });
    expect(filters).toMatchObject([{ geoip: { source: "ip", file: "/change-me/GeoLite2-City.mmdb" } }]);
    expect(errors).toEqual([expect.stringContaining("name one (.mmdb) as file")]);
  });

  test("what has no equivalent is named with its line, and stands in the YAML", () => {
    const { filters, yaml } = imported({ filter: `ruby { code => "x" }\nprune { }` });
    expect(filters).toEqual([]);
    expect(yaml).toContain("# - a.conf:3 filter ruby: is code: write it as a script; it was left out");
    expect(yaml).toContain("# - a.conf:4 filter prune: has no equivalent");
  });

  test("what the processor itself refuses is left out and told of, so that the YAML is always valid", () => {
    const { filters, errors } = imported({ filter: `mutate { convert => { "a" => "nonsense" } }\nmutate { lowercase => ["b"] }` });
    expect(filters).toEqual([{ lowercase: { fields: ["b"] } }]);
    expect(errors[0]).toContain("filters[0] was left out");
  });
});

describe("outputs and inputs", () => {
  test("an id that a document was given is told of, for documents no longer replace each other", () => {
    const { errors } = imported({ output: `elasticsearch { index => "a-%{+YYYY.MM.dd}" document_id => "%{x}" }` });
    expect(errors).toEqual([expect.stringContaining("now stand side by side")]);
  });

  test("Kafka with SASL, a topic by a field, and JSON", () => {
    const { outputs, errors } = imported({
      output: `kafka { bootstrap_servers => "a:9092, b:9092" topic_id => "logs-%{[fields][team]}" codec => json compression_type => "lz4"
        security_protocol => "SASL_SSL" sasl_mechanism => "PLAIN" message_key => "%{user}"
        sasl_jaas_config => "org.apache.kafka.common.security.plain.PlainLoginModule required username='u' password='p';" }`,
    });
    expect(errors).toEqual([]);
    expect(outputs).toEqual([
      {
        topic: {
          kafka: { brokers: ["a:9092", "b:9092"], sasl: { mechanism: "plain", username: "u", password: "p" }, tls: {} },
          name: "logs",
          nameBy: { template: "logs-%{fields.team}" },
          value: "event",
          compression: "snappy",
          key: "user",
        },
      },
    ]);
  });

  test("a value that only the environment knows is named", () => {
    const { outputs, errors } = imported({ output: `elasticsearch { index => "\${I:x}-%{+YYYY.MM.dd}" api_key => "\${KEY}" }` });
    expect(outputs).toMatchObject([{ elasticsearch: { index: "x", auth: { apiKey: "${KEY}" } } }]);
    expect(errors).toEqual(["the value of ${KEY} is not known here: write it where it stands in the YAML"]);
  });

  test("inputs that are not there leave a place that has to be filled", () => {
    const { inputs, errors } = imported({ input: "syslog { port => 514 }" });
    expect(inputs).toEqual([{ beats: { host: "127.0.0.1", port: 5044 } }]);
    expect(errors).toContain("there is none that can be translated: write inputs");
  });

  test("several files are joined in their order", () => {
    const files = [
      "input { beats { port => 1 } }",
      "filter { mutate { lowercase => [a1] } }",
      "filter { mutate { uppercase => [b1] } } output { null {} }",
    ];
    const { yaml } = importLogstash(files.map((text, index) => ({ file: `${index}.conf`, text })));
    expect((parse(yaml) as { filters: unknown[] }).filters).toEqual([{ lowercase: { fields: ["a1"] } }, { uppercase: { fields: ["b1"] } }]);
  });
});

describe("what is no configuration of Logstash's is refused with its place and one sentence:", () => {
  test.each([
    ["input { beats { port = 5044 } }", 'a.conf:1:22: expected "=>" behind port, found "="'],
    ["input {\n  beats {\n    port => 1", 'a.conf:3:14: beats has no end: a "}" is missing'],
    ["filter { if [a] = 1 { drop {} } }", 'a.conf:1:17: there is no operator "=" in conditions: write =='],
    ["filter { if [a] && [b] { drop {} } }", "a.conf:1:17: there is no operator &&: write one of and, nand, or, xor"],
    [
      'filter { mutate { add_field => { "a" => "b", "c" => "d" } } }',
      "a.conf:1:44: between the entries of a hash there is no comma: leave it out",
    ],
    ["inputs { }", 'a.conf:1:1: expected input, filter or output, found "inputs"'],
    ['input { file { path => "/a } }', 'a.conf:1:24: this text has no end: write a " behind it'],
  ])("%s", (text, message) => {
    expect(() => importLogstash([{ file: "a.conf", text }])).toThrow(message);
  });
});
