import { appendFile, open, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Encoding } from "../types.ts";
import { lines, numbered, useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();

function utf16(text: string, encoding: "utf-16le" | "utf-16be"): Buffer {
  const bytes = Buffer.from(text, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}

test("unfinished_line_and_continue: a line without its end is not read, and is whole when its end comes", async () => {
  const { fixture, log } = scenario;
  const writer = await open(log, "a");
  try {
    await writer.write(`${lines(1, 80)}unfinished line`);
    await fixture.start();
    await fixture.arrived(80);
    await scenario.looked();
    expect(fixture.texts()).toEqual(numbered(1, 80));
    await writer.write("\n");
    await fixture.arrived(81);
    await writer.write("HelloWorld \n");
    await fixture.arrived(82);
    await scenario.everythingRead();
    expect(fixture.texts()).toEqual([...numbered(1, 80), "unfinished line", "HelloWorld "]);
  } finally {
    await writer.close();
  }
});

test("partial_line: a line that is extended twice before its end is one line, and the offset stays before it meanwhile", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, "complete line\nunfinished line ");
  await fixture.start();
  await fixture.arrived(1);
  await appendFile(log, "extend unfinished line");
  await scenario.looked();
  await scenario.offsetsBecome({ [log]: 14 });
  expect(fixture.texts()).toEqual(["complete line"]);
  await appendFile(log, "\n");
  await fixture.arrived(2);
  await appendFile(log, "hello world\n");
  await fixture.arrived(3);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(["complete line", "unfinished line extend unfinished line", "hello world"]);
});

test("empty_line: an empty line is no event, and the offset moves behind it", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, "Hello world\n");
  await fixture.start();
  await fixture.arrived(1);
  await appendFile(log, "\n");
  await scenario.offsetsBecome({ [log]: 13 });
  await appendFile(log, "Third line\n");
  await fixture.arrived(2);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(["Hello world", "Third line"]);
});

test("empty_lines_only: a file of empty lines is read to its end, and nothing is handed on", async () => {
  const { fixture, log } = scenario;
  let calls = 0;
  fixture.onDeliver = (batch) => {
    calls += batch.length;
    return Promise.resolve();
  };
  await fixture.start();
  await writeFile(log, "\n\n\n");
  await scenario.offsetsBecome({ [log]: 3 });
  await scenario.everythingRead();
  expect(calls).toBe(0);
  expect(fixture.tail().status().backlogBytes).toBe(0);
});

test("exceed_buffer: a line that is longer than a read is whole", async () => {
  const { fixture, log } = scenario;
  await fixture.start({ limits: { readBytesMax: 10 } });
  await writeFile(log, "This exceeds the buffer\nshort\n");
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["This exceeds the buffer", "short"]);
});

test("null bytes: lines of them and around them come as they are", async () => {
  const { fixture, log } = scenario;
  const texts = ["hello world1", "\0\0\0\0", "hello world2", "\0\0\0\0Hello World", "x".repeat(16_384)];
  await writeFile(log, `${texts.join("\n")}\n`);
  await fixture.start();
  await fixture.arrived(5);
  expect(fixture.texts()).toEqual(texts);
});

test("utf8: characters of several bytes are read as they are written, byte by byte too", async () => {
  const { fixture, log } = scenario;
  const texts = ["ニコラスRuflin", "Hello", "薩科Ruflin", "👩‍💻 ὕαλον ϕαγεῖν"];
  await fixture.start({ limits: { readBytesMax: 8 } });
  await writeFile(log, `${texts[0]}\n`);
  await fixture.arrived(1);
  for (const byte of Buffer.from(`${texts.slice(1).join("\n")}\n`)) await appendFile(log, Buffer.from([byte]));
  await fixture.arrived(4);
  expect(fixture.texts()).toEqual(texts);
});

test.each([
  ["bom_utf8", "utf-8", Buffer.from("\u{feff}Hello World\n"), Buffer.from("\u{feff}next\n")],
  ["bom_utf16le", "utf-16le", utf16("\u{feff}Hello World\n", "utf-16le"), utf16("next\n", "utf-16le")],
  ["bom_utf16be", "utf-16be", utf16("\u{feff}Hello World\n", "utf-16be"), utf16("next\n", "utf-16be")],
] as const)(
  "%s: a file's byte order mark is no part of its first line, and its offset is before it",
  async (name, encoding, bytes, more) => {
    const { fixture, log } = scenario;
    await writeFile(log, bytes);
    await fixture.start(scenario.input({ encoding }));
    await fixture.arrived(1);
    await appendFile(log, more);
    await fixture.arrived(2);
    // Only what stands first in the file is a mark.
    expect(fixture.texts()).toEqual(["Hello World", name === "bom_utf8" ? "\u{feff}next" : "next"]);
    await scenario.offsetsBecome({ [log]: bytes.length + more.length });
  },
);

test("decode_error: a file of another encoding is read with replacements, and what follows it is whole", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, utf16("hello world1\n", "utf-16be"));
  await appendFile(log, Buffer.concat([Buffer.from([0xd8, 0x08]), utf16("=Ra\n", "utf-16be")]));
  await appendFile(log, utf16("hello world2\n", "utf-16be"));
  await fixture.start(scenario.input({ encoding: "utf-16be" }));
  await fixture.arrived(3);
  expect(fixture.texts()).toEqual(["hello world1", "\u{fffd}=Ra", "hello world2"]);
  await scenario.everythingRead();
});

test("UTF-16 surrogates: characters of two units are whole, wherever reads and writes cut them", async () => {
  const { fixture, log } = scenario;
  const text = "𝄞 and 👩‍💻 and 𠜎";
  const bytes = utf16(`${text}\n${text}\n`, "utf-16le");
  await fixture.start({ ...scenario.input({ encoding: "utf-16le" }), limits: { readBytesMax: 7 } });
  for (let at = 0; at < bytes.length; at += 3) await appendFile(log, bytes.subarray(at, at + 3));
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual([text, text]);
});

test.each<[string, Encoding, Buffer, string]>([
  // U+529F is 0xA5 0x5C in Big5: its second byte is a backslash.
  ["Big5", "big5", Buffer.from([0xa7, 0xda, 0xa5, 0x5c, 0xaf, 0xe0]), "我功能"],
  ["gbk", "gbk", Buffer.from([0xc4, 0xe3, 0xba, 0xc3]), "你好"],
  ["gb18030", "gb18030", Buffer.from([0xc4, 0xe3, 0x95, 0x32, 0x82, 0x36]), "你𠀀"],
  ["latin1", "latin1", Buffer.from([0x49, 0x20, 0x6b, 0xe5]), "I kå"],
])("%s: lines are read as UTF-8, before and after a restart, at the offsets of the file's bytes", async (_, encoding, bytes, text) => {
  const { fixture, log } = scenario;
  const options = { ...scenario.input({ encoding }), limits: { readBytesMax: 3 } };
  await writeFile(log, Buffer.concat([bytes, Buffer.from("\n")]));
  await fixture.start(options);
  await fixture.arrived(1);
  await fixture.stop();
  await appendFile(log, Buffer.concat([bytes, Buffer.from(" 2\n")]));
  await fixture.start(options);
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual([text, `${text} 2`]);
  await scenario.offsetsBecome({ [log]: 2 * bytes.length + 4 });
});

test("multi_char_delimiter_split_across_buffer_boundary: it ends lines wherever reads and writes cut it", async () => {
  const { fixture, log } = scenario;
  const texts = Array.from({ length: 40 }, (_, index) => `${"x".repeat(index)}\n<|${index}`);
  const bytes = Buffer.from(texts.map((text) => `${text}<||>`).join(""));
  await fixture.start({ ...scenario.input({ delimiter: "<||>" }), limits: { readBytesMax: 13 } });
  for (let at = 0; at < bytes.length; at += 97) await appendFile(log, bytes.subarray(at, at + 97));
  await fixture.arrived(40);
  expect(fixture.texts()).toEqual(texts);
});
