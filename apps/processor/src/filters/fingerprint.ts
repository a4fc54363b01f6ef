import { createHash, createHmac } from "node:crypto";
import { Secret } from "@gatelog/service-kit";
import { Type } from "typebox";
import { checkSource, checkTarget, effectsOn, fieldOption, fieldsOption, pathOf } from "./field-option.ts";
import { defineFilter } from "./filter.ts";
import { murmur3 } from "./hash.ts";

const methods = ["sha256", "sha1", "md5", "murmur3"] as const;

/** Hashes fields. */
export const fingerprint = defineFilter({
  name: "fingerprint",
  description:
    "Puts a hash over fields into a field, in hexadecimal digits; nothing where none of them is there. The event's id stays what it is.",
  schema: Type.Object({
    fields: fieldsOption("Fields that are hashed, together with their names."),
    target: fieldOption("Field for the hash.", "fingerprint"),
    method: Type.Unsafe<(typeof methods)[number]>(
      Type.Enum([...methods], { default: "sha256", description: "How it is hashed; murmur3 (32 bits) is fast, and easy to forge." }),
    ),
    key: Type.Optional(
      Secret({ minLength: 1, maxLength: 1024, description: "Makes the hash an HMAC, so that nobody without the key can try values." }),
    ),
  }),
  effects: ({ target }) => effectsOn([target]),
  check: ({ fields, target, method, key }) => [
    ...fields.flatMap((field, index) => checkSource(field, ["fields", index])),
    ...checkTarget(target, ["target"]),
    ...(key !== undefined && method === "murmur3"
      ? [{ path: ["key"], message: "murmur3 has no key: choose sha256, or remove the key" }]
      : []),
  ],
  create: ({ fields, target, method, key }) => {
    const sources = fields.map(pathOf);
    const to = pathOf(target);
    const hash = hasher(method, key);
    return {
      apply: (event) => {
        const values = sources.map((source) => [source.text, source.get(event) ?? null]);
        if (values.some(([, value]) => value !== null)) to.set(event, hash(JSON.stringify(values)));
      },
    };
  },
});

function hasher(method: (typeof methods)[number], key: string | undefined): (text: string) => string {
  if (method === "murmur3") return (text) => murmur3(text).toString(16).padStart(8, "0");
  if (key === undefined) return (text) => createHash(method).update(text).digest("hex");
  return (text) => createHmac(method, key).update(text).digest("hex");
}
