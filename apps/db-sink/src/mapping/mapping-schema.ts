import { ownTypes, type OwnType } from "@gatelog/database";
import { exactlyOne } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";

const name = { pattern: "^[\\p{L}_][\\p{L}\\p{N}_$#. ]{0,199}$", expected: "a name of letters, digits and _" };

/** The way of one column, where it is not only the name of a field. */
export const columnSchema = exactlyOne(
  {
    from: Type.String({ description: "A field of the record." }),
    value: Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description: "A constant." }),
    expression: Type.String({ minLength: 1, maxLength: 4096, description: "An expression of CEL over the record's fields." }),
    run: Type.Unknown({ description: "A function of the record, in a mapping.ts." }),
  },
  {
    type: Type.Optional(
      Type.Unsafe<OwnType>(Type.Enum([...ownTypes], { description: "What the column holds; default the field's, else text." })),
    ),
    maxLength: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000, description: "Characters that the column holds." })),
    format: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "Of a time: YYYY MM DD HH mm ss SSS Z." })),
    timeZone: Type.Optional(Type.String({ minLength: 1, description: "Of format and of dates; default the mapping's." })),
    default: Type.Optional(
      Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description: "Where there is no value, or it could not be made." }),
    ),
  },
);
export type ColumnConfig = Static<typeof columnSchema>;

/** mapping.yaml; what stands in a column is looked at for itself, since it may be text, a function, or keys. */
export const mappingSchema = Type.Object({
  table: Type.String({ ...name, description: "The table, or schema.table." }),
  key: Type.Array(Type.String(name), {
    default: [],
    uniqueItems: true,
    maxItems: 16,
    description: "Columns of a unique key of the table.",
  }),
  onConflict: Type.Unsafe<"ignore" | "update">(
    Type.Enum(["ignore", "update"], { default: "ignore", description: "What becomes of a row whose key is there." }),
  ),
  when: Type.Optional(Type.Unknown({ description: "Which calls: an expression, or a function in a mapping.ts." })),
  timeZone: Type.String({ default: "UTC", minLength: 1, description: "Of formats and dates." }),
  columns: Type.Record(Type.String(name), Type.Unknown(), { description: "What each column of the table gets." }),
});
export type MappingConfig = Static<typeof mappingSchema>;
