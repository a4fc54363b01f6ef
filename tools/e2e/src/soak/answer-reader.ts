/** An answer of which every byte came, by its own framing. */
export interface WholeAnswer {
  readonly status: number;
  readonly bodyBytes: number;
}

/** What the reader is told and tells. */
export interface AnswerReaderOptions {
  /** True when the next answer is one to HEAD, which has no body. */
  readonly isHead: () => boolean;
  readonly onWhole: (answer: WholeAnswer) => void;
}

/** Longest line of a head or of a chunk's size. */
const lineBytesMax = 65_536;

type Part = "status" | "headers" | "body" | "chunk-size" | "chunk" | "chunk-end" | "trailers" | "endless";

/**
 * Reads answers off one connection, also of pipelined calls, and tells of each when its last byte has come. Below node:http, which
 * would hide how much came.
 *
 * **Guarantee**: an answer that was cut is never told of; nor is one whose end only the end of the connection would tell.
 */
export class AnswerReader {
  readonly #options: AnswerReaderOptions;
  #part: Part = "status";
  #line = "";
  #status = 0;
  #bodyBytes = 0;
  /** Bytes that the body or the chunk still has. */
  #left = 0;
  #length: number | undefined;
  #isChunked = false;

  constructor(options: AnswerReaderOptions) {
    this.#options = options;
  }

  /** **Errors**: Error, when the bytes are no answer of HTTP/1.1. */
  push(bytes: Buffer): void {
    for (let offset = 0; offset < bytes.length;) {
      const isData = this.#part === "body" || this.#part === "chunk" || this.#part === "endless";
      offset = isData ? this.#readData(bytes, offset) : this.#readLine(bytes, offset);
    }
  }

  #readData(bytes: Buffer, offset: number): number {
    const taken = Math.min(this.#left, bytes.length - offset);
    this.#left -= taken;
    this.#bodyBytes += taken;
    if (this.#left === 0) {
      if (this.#part === "chunk") this.#part = "chunk-end";
      else this.#whole();
    }
    return offset + taken;
  }

  #readLine(bytes: Buffer, offset: number): number {
    const end = bytes.indexOf("\n", offset);
    this.#line += bytes.toString("latin1", offset, end === -1 ? bytes.length : end);
    if (this.#line.length > lineBytesMax) throw new Error(`a line of an answer is longer than ${lineBytesMax} bytes`);
    if (end === -1) return bytes.length;
    const line = this.#line.replace(/\r$/, "");
    this.#line = "";
    this.#take(line);
    return end + 1;
  }

  #take(line: string): void {
    if (this.#part === "status") this.#begin(line);
    else if (this.#part === "headers" && line !== "") this.#header(line);
    else if (this.#part === "headers") this.#beginBody();
    else if (this.#part === "chunk-size") this.#beginChunk(line);
    else if (this.#part === "chunk-end") this.#part = "chunk-size";
    else if (line === "") this.#whole();
  }

  #begin(line: string): void {
    const [, status] = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(line) ?? [];
    if (status === undefined) throw new Error(`not the first line of an answer: ${line.slice(0, 100)}`);
    this.#status = Number(status);
    this.#bodyBytes = 0;
    this.#length = undefined;
    this.#isChunked = false;
    this.#part = "headers";
  }

  #header(line: string): void {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (name === "content-length") this.#length = Number(line.slice(colon + 1));
    else if (name === "transfer-encoding") this.#isChunked = line.slice(colon + 1).trim() === "chunked";
  }

  #beginBody(): void {
    // An interim answer: the one that counts follows.
    if (this.#status < 200) this.#part = "status";
    else if (this.#options.isHead() || this.#status === 204 || this.#status === 304) this.#whole();
    else if (this.#isChunked) this.#part = "chunk-size";
    else if (this.#length === 0) this.#whole();
    else this.#beginData(this.#length === undefined ? "endless" : "body", this.#length ?? Number.POSITIVE_INFINITY);
  }

  #beginChunk(line: string): void {
    const size = Number.parseInt(line, 16);
    if (Number.isNaN(size)) throw new Error(`not the size of a chunk: ${line.slice(0, 100)}`);
    if (size === 0) this.#part = "trailers";
    else this.#beginData("chunk", size);
  }

  #beginData(part: Part, bytes: number): void {
    this.#part = part;
    this.#left = bytes;
  }

  #whole(): void {
    this.#part = "status";
    this.#options.onWhole({ status: this.#status, bodyBytes: this.#bodyBytes });
  }
}
