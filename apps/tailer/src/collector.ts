import { setFlagsFromString } from "node:v8";

/*
 * Keeps V8's heap small. Both flags are read whenever the heap would grow; loading the program's modules makes it grow first, which is
 * why this module is imported before all others.
 *
 * The young generation stays as small as it begins: what the hot path makes is little and dies at once, so that sixteen megabytes for it
 * would be memory for nothing. The old one grows by a third before it is collected, not to twice its size: what is in it, an entry for each
 * file, stays, and so little of it dies while lines pass that collections cost nothing.
 */
for (const flag of ["--semi-space-growth-factor=1", "--optimize-for-size"]) setFlagsFromString(flag);
