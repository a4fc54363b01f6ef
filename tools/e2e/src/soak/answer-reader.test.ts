import { expect, test } from "vitest";
import { AnswerReader, type WholeAnswer } from "./answer-reader.ts";

const answers: readonly [string, WholeAnswer][] = [
  ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", { status: 200, bodyBytes: 5 }],
  [
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\na\r\n0123456789\r\n0\r\ntrailer: 1\r\n\r\n",
    { status: 200, bodyBytes: 15 },
  ],
  ["HTTP/1.1 204 No Content\r\n\r\n", { status: 204, bodyBytes: 0 }],
  ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", { status: 404, bodyBytes: 0 }],
];

/** What is told of `text` when it comes in pieces of `size` bytes. */
function told(text: string, size = text.length, isHead = false): WholeAnswer[] {
  const whole: WholeAnswer[] = [];
  const reader = new AnswerReader({ isHead: () => isHead, onWhole: (answer) => whole.push(answer) });
  const bytes = Buffer.from(text, "latin1");
  for (let offset = 0; offset < bytes.length; offset += size) reader.push(bytes.subarray(offset, offset + size));
  return whole;
}

test("answers on one connection are told apart, however their bytes come", () => {
  const text = answers.map(([bytes]) => bytes).join("");
  for (const size of [1, 2, 7, text.length]) expect(told(text, size)).toEqual(answers.map(([, answer]) => answer));
});

test("an answer that lacks its last byte is not told of", () => {
  for (const [bytes] of answers) expect(told(bytes.slice(0, -1))).toEqual([]);
});

test("an answer to HEAD is whole after its headers", () => {
  expect(told("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", 3, true)).toEqual([{ status: 200, bodyBytes: 0 }]);
});

test("an answer without a length is never known to be whole", () => {
  expect(told("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello")).toEqual([]);
});
