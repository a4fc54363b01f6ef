import { checkMasking, type MaskingConfig } from "@gatelog/masking";
import type { ConfigProblem } from "@gatelog/service-kit";

export { maskingSchema, type MaskingConfig } from "@gatelog/masking";

/** What the schema cannot say: rules with two targets, paths and patterns that cannot be read, a missing key. */
export function checkMaskingConfig(masking: MaskingConfig): readonly ConfigProblem[] {
  return checkMasking(masking).map(({ path, message }) => ({ path: ["masking", ...path], message }));
}
