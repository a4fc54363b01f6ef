import { readdirSync, readFileSync } from "node:fs";

/** The kernel's USER_HZ: what /proc counts CPU time in, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const kibibytesPerMebibyte = 1024;

/** What one process has used. */
interface ProcessTimes {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended and were waited for. */
  readonly ended: number;
}

/** CPU seconds that a process and its living descendants have used so far. */
export function cpuSeconds(pid: number): number {
  const all = readAll();
  return descendants(pid, all).reduce((sum, each) => sum + (all.get(each)?.own ?? 0), 0) / ticksPerSecond;
}

/** CPU seconds of a process and all its descendants, those that have ended included. */
export function cpuSecondsEver(pid: number): number {
  const all = readAll();
  const used = (each: number) => (all.get(each)?.own ?? 0) + (all.get(each)?.ended ?? 0);
  return descendants(pid, all).reduce((sum, each) => sum + used(each), 0) / ticksPerSecond;
}

/** CPU seconds that all processes of the machine have used since it was started. */
export function machineCpuSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = (/^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "")
    .split(" ")
    .map(Number);
  return (user + nice + system + irq + softIrq) / ticksPerSecond;
}

/** Resident memory of a process and its descendants now, in MiB; pages that they share count for each. */
export function residentMebibytes(pid: number): number {
  return residentOf(descendants(pid, readAll()));
}

/** Watches resident memory of a process and the descendants that it has now, until it is stopped, which returns the peak in MiB. */
export function watchMemory(pid: number, intervalMs = 100): () => number {
  // Looked up once: reading all of /proc every time would take CPU from what is measured.
  const pids = descendants(pid, readAll());
  let peak = residentOf(pids);
  const sample = () => void (peak = Math.max(peak, residentOf(pids)));
  const timer = setInterval(sample, intervalMs).unref();
  return () => {
    clearInterval(timer);
    sample();
    return peak;
  };
}

/** The most memory that was ever resident of this process alone, in MiB. */
export function peakResidentMebibytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readOf(pid, "status"))?.[1] ?? 0) / kibibytesPerMebibyte;
}

/** Bytes that a process alone has read so far, from files and all else; 0 when it has ended. */
export function bytesReadOf(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readOf(pid, "io"))?.[1] ?? 0);
}

/** What a process and its descendants used in a span of time. */
export interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Cores that programs kept busy that are not of this bench. */
  readonly foreignCores: number;
}

/** Begins to watch the CPU time of a process; the function that it returns ends it. */
export function watchUsage(pid: number): () => Usage {
  const begin = performance.now();
  const before = { process: cpuSeconds(pid), ours: cpuSecondsEver(process.pid), machine: machineCpuSeconds() };
  return () => {
    const seconds = (performance.now() - begin) / 1000;
    const ours = cpuSecondsEver(process.pid) - before.ours;
    return {
      seconds,
      cpuSeconds: cpuSeconds(pid) - before.process,
      foreignCores: Math.max(0, machineCpuSeconds() - before.machine - ours) / seconds,
    };
  };
}

/** Ends a process and its descendants, for a clean-up that cannot wait. */
export function terminateTree(pid: number): void {
  for (const each of descendants(pid, readAll())) {
    try {
      process.kill(each, "SIGTERM");
    } catch {
      // It has ended by itself.
    }
  }
}

function residentOf(pids: readonly number[]): number {
  const kibibytes = pids.map((pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readOf(pid, "status"))?.[1] ?? 0));
  return kibibytes.reduce((sum, each) => sum + each, 0) / kibibytesPerMebibyte;
}

function descendants(pid: number, all: ReadonlyMap<number, ProcessTimes>): number[] {
  const found = [pid];
  for (const each of found) for (const [child, { parent }] of all) if (parent === each) found.push(child);
  return found;
}

function readAll(): Map<number, ProcessTimes> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((name) => [Number(name), parseStat(readOf(Number(name), "stat"))]));
}

/** Reads `/proc/<pid>/stat`. The name in it may hold spaces and brackets: fields are counted from the last bracket on. */
export function parseStat(text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const at = (index: number) => Number(fields[index] ?? 0);
  return { parent: at(1), own: at(11) + at(12), ended: at(13) + at(14) };
}

/** Empty for a process that has ended meanwhile. */
function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
