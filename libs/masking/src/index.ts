export { checkMasking, hashKeyCharsMin, type MaskingProblem } from "./check.ts";
export { detached } from "./detached.ts";
export { type BodyForm, type TextKind } from "./mask-body.ts";
export { createMasker, type Masker } from "./masker.ts";
export { mask } from "./modes.ts";
export {
  detectorNames,
  maskingModes,
  maskingProfiles,
  ruleTargets,
  type DetectorName,
  type MaskerOptions,
  type MaskingMode,
  type MaskingProfile,
  type MaskingRule,
} from "./options.ts";
export { maskingProperties, maskingSchema, type MaskingConfig } from "./options-schema.ts";
export { patternFlags } from "./patterns.ts";
export { Redactions } from "./redactions.ts";
export { secretHeaders } from "./rules.ts";
