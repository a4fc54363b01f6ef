import type { RecordDetail } from "../../../src/wire.ts";

/** Headers that curl writes itself, or that belong to the one connection that was logged. */
const connectionHeaders = new Set(["host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "upgrade", "expect"]);

/**
 * The call as a curl command for a POSIX shell, to be sent again.
 *
 * Masked values stay masked; a body that was cut or left out is announced in a comment line above the command.
 */
export function toCurl(record: RecordDetail): string {
  const parts = ["curl"];
  const method = record.method ?? "GET";
  const body = record.requestEncoding === "omitted" ? undefined : record.requestContent;
  if (method !== "GET" || body) parts.push(`-X ${quote(method)}`);
  parts.push(quote(record.url ?? `http://${record.host ?? "localhost"}${record.path ?? "/"}${record.query ? `?${record.query}` : ""}`));
  for (const [name, value] of Object.entries(record.requestHeaders ?? {})) {
    if (connectionHeaders.has(name.toLowerCase())) continue;
    for (const one of typeof value === "string" ? [value] : value) parts.push(`-H ${quote(`${name}: ${one}`)}`);
  }
  const isBase64 = record.requestEncoding === "base64";
  if (body) parts.push(isBase64 ? "--data-binary @-" : `--data-raw ${quote(body)}`);
  const command = parts.join(" \\\n  ");
  return [...notes(record), body && isBase64 ? `printf %s ${quote(body)} | base64 -d | ${command}` : command].join("\n");
}

function notes(record: RecordDetail): string[] {
  const notes: string[] = [];
  if (record.requestEncoding === "omitted") notes.push("# The request's body was not stored.");
  if (record.requestTruncated) notes.push(`# The request's body was cut: ${record.requestBytes ?? "more"} bytes were sent.`);
  if (record.redacted?.length) notes.push(`# Masked values: ${record.redacted.join(", ").replaceAll(/\s/gu, " ")}`);
  return notes;
}

/** A POSIX single-quoted word; plain words stay as they are. */
function quote(text: string): string {
  return /^[\w./:=@%+-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
