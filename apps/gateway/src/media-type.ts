import type { TextKind } from "@gatelog/masking";

/** How a body is to be read. */
export interface MediaType {
  /** Of `unknown` the bytes decide whether it is text. */
  readonly kind: TextKind | "binary";
  /** Lower case; undefined: UTF-8. */
  readonly charset: string | undefined;
  /** Type and subtype, lower case, without parameters; "" where there is none. */
  readonly name: string;
}

/** Answers are remembered by header value; bounded, for the values come from outside. */
const rememberedMax = 1024;
const rememberedCharsMax = 256;
const remembered = new Map<string, MediaType>();

const json = /^(?:application|text)\/(?:[\w.+-]*\+)?(?:json|json5|x-json|ndjson|x-ndjson|jsonl|json-seq)$/;
const xml = /^(?:(?:application|text)\/(?:xml|[\w.+-]+\+xml)|image\/svg\+xml)$/;
const binary =
  /^(?:image\/|audio\/|video\/|font\/|multipart\/|application\/(?:octet-stream|pdf|zip|gzip|x-gzip|x-tar|x-7z|x-rar|x-protobuf|protobuf|grpc|msgpack|x-msgpack|cbor|wasm|java-archive|vnd\.(?:ms-|openxmlformats|rar|android)))/;
const text = /^(?:text\/|application\/(?:javascript|ecmascript|x-javascript|graphql|yaml|x-yaml|toml|sql|x-sh|[\w.+-]+\+yaml))/;

/** What a Content-Type header says about how to read the body. */
export function readMediaType(contentType: string | undefined): MediaType {
  const header = contentType ?? "";
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const mediaType = parse(header);
  if (header.length > rememberedCharsMax) return mediaType;
  if (remembered.size >= rememberedMax) remembered.clear();
  remembered.set(header, mediaType);
  return mediaType;
}

function parse(header: string): MediaType {
  const name = (header.split(";", 1)[0] ?? "").trim().toLowerCase();
  const charset = /;\s*charset\s*=\s*["']?([^\s"';,]{1,40})/i.exec(header)?.[1]?.toLowerCase();
  return { kind: kindOf(name), charset: charset === "utf-8" || charset === "utf8" ? undefined : charset, name };
}

function kindOf(type: string): MediaType["kind"] {
  if (json.test(type)) return "json";
  if (xml.test(type)) return "xml";
  if (type === "application/x-www-form-urlencoded") return "form";
  if (binary.test(type)) return "binary";
  return text.test(type) ? "text" : "unknown";
}
