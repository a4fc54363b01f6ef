export { mask } from "./key-names.ts";
export { createMasker, secretHeaders, type Masker, type MaskerOptions, type TextKind } from "./masker.ts";
export { Redactions } from "./redactions.ts";
