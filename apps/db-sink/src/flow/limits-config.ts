import { isTimeZone } from "@gatelog/log-record";
import type { ConfigProblem } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";

const time = (description: string) =>
  Type.String({ pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$", expected: "a time such as 09:00, in quotes", description });

/** `limits` of db-sink.yaml. */
export const limitsSchema = Type.Object({
  rowsPerSecondMax: Type.Integer({
    default: 0,
    minimum: 0,
    description: "Rows written per second at most; 0 for no limit. The messages wait in the topic.",
  }),
  quietHours: Type.Array(
    Type.Object({
      from: time("First minute, HH:MM, by the clocks of the time zone."),
      to: time("First minute that is not quiet any more, HH:MM; before `from` it is on the next day."),
      timeZone: Type.String({ default: "UTC", minLength: 1, description: "Time zone of the two, e.g. Asia/Shanghai." }),
      rowsPerSecondMax: Type.Integer({ default: 0, minimum: 0, description: "Rows per second in these hours; 0 writes nothing at all." }),
    }),
    { default: [], maxItems: 50, description: "Times of every day in which less is written. Where several hold, the lowest limit counts." },
  ),
});

/** What the schema cannot say of limits. */
export function limitsProblems({ quietHours }: Static<typeof limitsSchema>): ConfigProblem[] {
  return quietHours.flatMap(({ from, to, timeZone }, index) => {
    const path = ["limits", "quietHours", index];
    const problems: ConfigProblem[] = [];
    if (from === to) {
      problems.push({
        path: [...path, "to"],
        message: `must differ from \`from\` (${from}); for the whole day set limits.rowsPerSecondMax`,
      });
    }
    if (!isTimeZone(timeZone)) {
      problems.push({
        path: [...path, "timeZone"],
        message: `expected a time zone such as Asia/Shanghai or UTC, found ${JSON.stringify(timeZone)}`,
      });
    }
    return problems;
  });
}
