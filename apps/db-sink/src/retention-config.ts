import type { ConfigProblem } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";

const days = (options: { default?: number; description: string }) =>
  Type.Integer({ ...options, minimum: 1, maximum: 36_500, unit: "days" });

/** The key `retention`. */
export const retentionSchema = Type.Object(
  {
    metadataDays: days({ default: 180, description: "Rows of interface_log and ledger_mark, after the day of the call." }),
    bodyDays: days({ default: 30, description: "Rows of interface_body: headers and bodies. Not above metadataDays." }),
    rollUpDays: days({ default: 1095, description: "Rows of call_roll_up: counts per minute." }),
    projects: Type.Record(
      Type.String({ minLength: 1 }),
      Type.Object({
        metadataDays: Type.Optional(days({ description: "Instead of retention.metadataDays." })),
        bodyDays: Type.Optional(days({ description: "Instead of retention.bodyDays." })),
      }),
      { default: {}, description: "By name of the project: what differs for its calls." },
    ),
  },
  { description: "How long rows are kept; what is older is deleted by upkeep." },
);

/** What the schema cannot say: bodies without their call would be of no use. */
export function retentionProblems(retention: Static<typeof retentionSchema>): ConfigProblem[] {
  const problems = bodyProblem(retention, ["retention"]);
  for (const [name, own] of Object.entries(retention.projects)) {
    const { metadataDays = retention.metadataDays, bodyDays = Math.min(retention.bodyDays, metadataDays) } = own;
    problems.push(...bodyProblem({ metadataDays, bodyDays }, ["retention", "projects", name]));
  }
  return problems;
}

function bodyProblem(
  { metadataDays, bodyDays }: { readonly metadataDays: number; readonly bodyDays: number },
  path: readonly string[],
): ConfigProblem[] {
  if (bodyDays <= metadataDays) return [];
  return [{ path: [...path, "bodyDays"], message: `must not be above metadataDays (${metadataDays} days), found ${bodyDays}` }];
}
