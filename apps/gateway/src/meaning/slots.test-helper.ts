import { Findings, type Slot } from "./findings.ts";

/** A slot that keeps the first value, the empty one included. */
export const single: Slot = { index: 0, takes: "value", valuesMax: 1, charsMax: 1024, takesEmpty: true };

/** A slot that keeps as good as all distinct values, without empty ones. */
export const several: Slot = { index: 0, takes: "value", valuesMax: 10_000, charsMax: 1024, takesEmpty: false };

/** What a scan finds for one slot. */
export function found(slot: Slot, scan: (findings: Findings) => void): readonly string[] {
  const findings = new Findings();
  scan(findings);
  return findings.all(slot);
}

/** What a slot keeps of these values. */
export function kept(slot: Slot, values: readonly string[]): readonly string[] {
  return found(slot, (findings) => {
    for (const value of values) findings.add(slot, value);
  });
}
