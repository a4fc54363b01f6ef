export { fuzzDecoder } from "./fuzz-decoder.ts";
export { fuzzServer } from "./fuzz-server.ts";
export type { FuzzRandom, FuzzReport } from "./fuzz-streams.ts";
