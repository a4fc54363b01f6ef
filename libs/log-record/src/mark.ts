import { Type, type Static } from "typebox";

/**
 * A line of the ledger: what the gateway had given out and not yet ended when it wrote it.
 *
 * **Shape**: `{"v":1,"type":"mark","gateway":"gw-1","boot":"b2","seq":17,"inFlight":[16,17],"closing":false,"previous":{"boot":"b1","seq":9},"aborted":[12]}`.
 */
export const markSchema = Type.Object(
  {
    v: Type.Literal(1, { description: "Schema version" }),
    type: Type.Literal("mark"),
    gateway: Type.String({ description: "Instance name of the gateway" }),
    boot: Type.String({ description: "Identity of this start of the gateway" }),
    seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "Highest seq given so far; 0 before the first call" }),
    inFlight: Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), { description: "Given and not yet a record" }),
    closing: Type.Boolean({ description: "The last mark of an orderly stop" }),
    previous: Type.Optional(
      Type.Object(
        { boot: Type.String(), seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) },
        { description: "The boot before this one and the highest seq seen of it" },
      ),
    ),
    aborted: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
        description: "Recorded before their answers were sent whole (audit mode), and left by their clients before the last byte",
      }),
    ),
  },
  { $id: "gatelog-mark-v1", title: "gatelog mark, version 1", additionalProperties: true },
);

/** A line of the ledger. */
export type Mark = Static<typeof markSchema>;

/** The mark as one line without its line end. */
export function formatMark(mark: Mark): string {
  const { gateway, boot, seq, inFlight, closing, previous, aborted } = mark;
  return JSON.stringify({ v: 1, type: "mark", gateway, boot, seq, inFlight, closing, previous, aborted });
}
