export const KiB = 1024;
export const MiB = 1024 * KiB;

const dayMs = 24 * 3_600_000;

/** Most times that somebody waits for are no longer. */
export const weekMs = 7 * dayMs;
export const thirtyDaysMs = 30 * dayMs;
