import type { Clock } from "@gatelog/pipeline";
import { type ClientTls, clientTlsMaterial, type ClientTlsMaterial } from "@gatelog/service-kit";
import type { Report } from "../reports.ts";

/** TLS of an output, as `clientTlsMaterial` makes it. */
export type OutputTls = ClientTlsMaterial;

export interface OutputTlsOptions {
  /** The configuration key of the files. */
  readonly key: string;
  readonly clock: Clock;
  readonly onReport: (report: Report) => void;
}

/** Reads the files whenever they changed; what cannot be used is told once, and what was in use stays in use. Undefined without TLS. */
export function createOutputTls(tls: ClientTls | undefined, { key, clock, onReport }: OutputTlsOptions): OutputTls | undefined {
  return clientTlsMaterial(tls, {
    key,
    clock,
    onReload: () =>
      onReport({ code: "GATELOG_PROCESSOR_TLS_RELOADED", level: "info", message: "changed certificates are used for new connections" }),
    onUnusable: (error) =>
      onReport({
        code: "GATELOG_PROCESSOR_TLS_UNUSABLE",
        level: "error",
        message: `changed certificates cannot be used, the old ones stay: ${error instanceof Error ? error.message : String(error)}`,
        error,
      }),
  });
}
