import { repairText, type Mark } from "@gatelog/log-record";

/** A row of `ledger_mark`, values by column. */
export type MarkRow = Readonly<Record<string, string | number | boolean | null>>;

/** The row of a mark; `id` is the identity that its line got on the way, so that a mark that comes again is not doubled. */
export function toMarkRow(mark: Mark, id: string): MarkRow {
  return {
    id: id.toLowerCase(),
    gateway: repairText(mark.gateway).text,
    boot: repairText(mark.boot).text,
    seq: mark.seq,
    in_flight: JSON.stringify(mark.inFlight),
    closing: mark.closing,
    previous_boot: mark.previous === undefined ? null : repairText(mark.previous.boot).text,
    previous_seq: mark.previous?.seq ?? null,
    aborted: mark.aborted === undefined ? null : JSON.stringify(mark.aborted),
  };
}
