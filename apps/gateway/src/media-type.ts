import { isUtf8 } from "node:buffer";
import type { TextKind } from "@gatelog/masking";

/** How a body is to be read. */
export interface MediaType {
  /** `unknown` is decided by the bytes. */
  readonly kind: TextKind | "binary" | "unknown";
  /** Lower case; undefined: UTF-8. */
  readonly charset: string | undefined;
}

/** Answers are remembered by header value; bounded, for the values come from outside. */
const rememberedMax = 1024;
const remembered = new Map<string, MediaType>();

const json = /^(?:application|text)\/(?:[\w.+-]*\+)?(?:json|json5|x-json|ndjson|x-ndjson|jsonl|json-seq)$/;
const binary =
  /^(?:image\/(?!svg)|audio\/|video\/|font\/|multipart\/|application\/(?:octet-stream|pdf|zip|gzip|x-gzip|x-tar|x-7z|x-rar|x-protobuf|protobuf|grpc|msgpack|x-msgpack|cbor|wasm|java-archive|vnd\.(?:ms-|openxmlformats|rar|android)))/;
const text =
  /^(?:text\/|image\/svg|application\/(?:xml|[\w.+-]+\+xml|javascript|ecmascript|x-javascript|graphql|yaml|x-yaml|toml|sql|x-sh|xhtml|[\w.+-]+\+yaml))/;

/** What a Content-Type header says about how to read the body. */
export function readMediaType(contentType: string | undefined): MediaType {
  const header = contentType ?? "";
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const mediaType = parse(header);
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(header, mediaType);
  return mediaType;
}

/** True when the bytes look like text: valid UTF-8 (a cut character at the end aside) without NUL. */
export function looksLikeText(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

function parse(header: string): MediaType {
  const type = (header.split(";", 1)[0] ?? "").trim().toLowerCase();
  const charset = /;\s*charset\s*=\s*"?([^\s";,]{1,40})/i.exec(header)?.[1]?.toLowerCase();
  return { kind: kindOf(type), charset: charset === "utf-8" || charset === "utf8" ? undefined : charset };
}

function kindOf(type: string): MediaType["kind"] {
  if (json.test(type)) return "json";
  if (type === "application/x-www-form-urlencoded") return "form";
  if (binary.test(type)) return "binary";
  return text.test(type) ? "other" : "unknown";
}
