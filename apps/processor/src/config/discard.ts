import { Type } from "typebox";

/** `outputs[].discard`. */
export const discard = Type.Object(
  {},
  { description: "Nowhere: events are counted and forgotten. For trying out filters, and for measuring; as Logstash's null output." },
);
