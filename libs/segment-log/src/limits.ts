/** Bytes of one payload at most; more is refused for good. Well above a log line (900 KiB) in any envelope. */
export const payloadBytesMax = 16 * 1024 * 1024;

/** Bytes written and fsynced together at most (one larger record goes alone): also the writer's buffer. */
export const batchBytesMax = 4 * 1024 * 1024;

/** Payload bytes of appends that wait for the disk; an append beyond it is refused as busy (transient), so that memory is bounded. */
export const pendingBytesMax = 256 * 1024 * 1024;

/** Bytes of one segment file: min 4 KiB, max 1 GiB. One record that is larger gets a segment of its own. */
export const segmentBytes = Object.freeze({ min: 4 * 1024, max: 1024 * 1024 * 1024, default: 64 * 1024 * 1024 });

/** Bytes of all segment files together: min 8 KiB; when reached, appends wait. */
export const logBytes = Object.freeze({ min: 8 * 1024, default: 1024 * 1024 * 1024 });

/** Segments that a log is divided into at least, so that space comes free in portions. */
export const segmentsPerLogMin = 2;

/** Milliseconds after which a waiting reader looks for itself, in case the change notice was lost. */
export const readPollMs = 100;

/** Milliseconds after which a writer that waits for space looks at the cursors by itself. */
export const spacePollMs = 200;

/** Milliseconds between two looks for segments that every cursor has passed. */
export const freePollMs = 1_000;

/** Milliseconds between two looks at the published end that keep `lag()` fresh while the reader is busy elsewhere. */
export const lagRefreshMs = 1_000;

/** Milliseconds between two attempts to open a log that does not exist yet. */
export const openPollMs = 100;

/** Starts of recent reads that a cursor remembers, so that going back to one needs no scan of the segment. */
export const readMarksMax = 256;
