import { setFlagsFromString } from "node:v8";

/*
 * Keeps V8's young generation as small as it begins: what the hot path makes is little and dies at once, so that sixteen megabytes for it
 * would be memory for nothing. The flag is read whenever that generation would grow; loading the program's modules makes it grow
 * first, which is why this module is imported before all others.
 */
setFlagsFromString("--semi-space-growth-factor=1");
