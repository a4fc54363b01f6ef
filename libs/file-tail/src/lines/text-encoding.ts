import { isAscii, isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import type { Encoding } from "../types.ts";

/** Text of a file's bytes. */
export interface DecodedText {
  /** U+FFFD where bytes are not of the encoding. */
  readonly text: string;
  readonly isSound: boolean;
}

/** How a file's bytes are text. */
export interface TextEncoding {
  /** Characters begin at multiples of it. */
  readonly unitBytes: 1 | 2;
  /** Passed over at the beginning of a file. */
  readonly byteOrderMark: Buffer;
  /** From this byte on a byte may be the second one of a character whose first is over 0x80; undefined where no byte is ambiguous. */
  readonly trailBytesFrom: number | undefined;
  /** Whether the bytes are UTF-8 as they stand. */
  isText(bytes: Buffer): boolean;
  /** `isCut`: a character that is not whole at the end is left out, and no fault. */
  decode(bytes: Buffer, isCut: boolean): DecodedText;
  /** Undefined where the text is none of the encoding. */
  encode(text: string): Buffer | undefined;
}

/** The encoding of that name. */
export function textEncodingOf(encoding: Encoding): TextEncoding {
  return textEncodings[encoding];
}

/** Decodes by the tables of the runtime. A decoder that never ends a stream has no state, so that it is used again. */
function decodeBy(label: string): TextEncoding["decode"] {
  const strict = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  const mending = new TextDecoder(label, { ignoreBOM: true });
  return (bytes, isCut) => {
    if (isCut) return decodeCut(label, bytes);
    try {
      return { text: strict.decode(bytes), isSound: true };
    } catch {
      return { text: mending.decode(bytes), isSound: false };
    }
  };
}

/** As a stream that goes on: what is not whole at the end is kept back. */
function decodeCut(label: string, bytes: Buffer): DecodedText {
  try {
    return { text: new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true }), isSound: true };
  } catch {
    return { text: new TextDecoder(label, { ignoreBOM: true }).decode(bytes, { stream: true }), isSound: false };
  }
}

const noMark = Buffer.alloc(0);
const unambiguous = { unitBytes: 1, byteOrderMark: noMark, trailBytesFrom: undefined } as const;

const utf16le: TextEncoding = {
  ...unambiguous,
  unitBytes: 2,
  byteOrderMark: Buffer.from([0xff, 0xfe]),
  isText: ({ length }) => length === 0,
  decode: decodeBy("utf-16le"),
  encode: encodeBy("utf16le"),
};

/** GBK is a part of GB18030, whose decoder knows more of it. */
const gb18030: TextEncoding = {
  ...unambiguous,
  byteOrderMark: Buffer.from([0x84, 0x31, 0x95, 0x33]),
  trailBytesFrom: 0x30,
  isText: isAscii,
  decode: decodeBy("gb18030"),
  encode: encodeAscii,
};

const textEncodings: Readonly<Record<Encoding, TextEncoding>> = {
  "utf-8": {
    ...unambiguous,
    byteOrderMark: Buffer.from([0xef, 0xbb, 0xbf]),
    isText: isUtf8,
    decode: decodeBy("utf-8"),
    encode: encodeBy("utf8"),
  },
  "utf-16le": utf16le,
  "utf-16be": {
    ...utf16le,
    byteOrderMark: Buffer.from([0xfe, 0xff]),
    decode: decodeBy("utf-16be"),
    encode: (text) => utf16le.encode(text)?.swap16(),
  },
  gbk: gb18030,
  gb18030,
  big5: { ...unambiguous, trailBytesFrom: 0x40, isText: isAscii, decode: decodeBy("big5"), encode: encodeAscii },
  // Not by the runtime's tables, which take it for Windows-1252.
  latin1: {
    ...unambiguous,
    isText: isAscii,
    decode: (bytes) => ({ text: bytes.toString("latin1"), isSound: true }),
    encode: encodeBy("latin1"),
  },
};

function encodeBy(label: "utf8" | "utf16le" | "latin1"): TextEncoding["encode"] {
  return (text) => {
    const bytes = Buffer.from(text, label);
    return bytes.toString(label) === text ? bytes : undefined;
  };
}

/** Enough for what ends a line: no file of these encodings ends its lines with a letter of its own. */
function encodeAscii(text: string): Buffer | undefined {
  const bytes = Buffer.from(text);
  return isAscii(bytes) ? bytes : undefined;
}
