/** `812 B`, `64.0 KiB`. Units are binary; nothing for an unknown size. */
export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined) return "–";
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = "B";
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** `0.42 ms`, `18 ms`, `1.25 s`, `2 min 5 s`. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms < 10) return `${ms < 1 ? ms.toFixed(2) : ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const two = (n: number) => String(n).padStart(2, "0");

/** Local date `2026-11-23` and time `14:03:09.512` of an ISO time; undefined where it is unreadable. */
export function localTime(iso: string | undefined): { date: string; time: string } | undefined {
  const at = new Date(iso ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return undefined;
  return {
    date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`,
  };
}

/** The value of a `datetime-local` field for an ISO time, and back. */
export function toFieldTime(iso: string): string {
  const local = localTime(iso);
  return local === undefined ? "" : `${local.date}T${local.time.slice(0, 8)}`;
}

export function fromFieldTime(field: string): string {
  const at = new Date(field);
  return field === "" || Number.isNaN(at.getTime()) ? "" : at.toISOString();
}

/** Percent-encoded text as people read it: `/%E8%AE%A2%E5%8D%95` → `/订单`; as it is where it cannot be decoded. */
export function readable(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** The colour of a status, by class. */
export function statusColor(status: number | undefined): string {
  if (status === undefined) return "gray";
  if (status === 499) return "grape";
  if (status >= 500) return "red";
  if (status >= 400) return "orange";
  if (status >= 300) return "blue";
  return status >= 200 ? "teal" : "gray";
}
