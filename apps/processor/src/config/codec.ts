import { Type } from "typebox";
import { type Codec, codecs } from "../inputs/codec.ts";

/** `codec` of an input. */
export function codecSchema(fallback: Codec) {
  return Type.Unsafe<Codec>(
    Type.Enum([...codecs], {
      default: fallback,
      description:
        "event: JSON with the line in message, as of Beats and Logstash; line: as it is; auto: an event where it is one, else a line.",
    }),
  );
}
