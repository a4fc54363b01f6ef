/** A value as YAML: JSON is YAML. Pretty, so that errors have telling line numbers. */
export function stringify(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
