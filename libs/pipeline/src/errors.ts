/** Codes of this library's errors: what each means and what to do. The reference page is generated from this table. */
export const errors = {
  GATELOG_PIPELINE_UNKNOWN:
    "A sink failed with an error that it does not classify. It is taken for transient and retried for ever; the message is the original one.",
  GATELOG_PIPELINE_ABORTED:
    "A delivery was given up because the app stops. The batch was not acknowledged: its source hands it on again after the next start.",
} as const;

export type PipelineErrorCode = keyof typeof errors;
