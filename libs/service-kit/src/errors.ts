/** Codes of this library's errors: what each means and what to do. The reference page is generated from this table. */
export const errors = {
  GATELOG_SERVICE_KIT_CONFIG:
    "The configuration is wrong. Every problem is one line with file, line, key, what is expected and what was found: correct the file or the environment variable that it names.",
  GATELOG_SERVICE_KIT_START:
    "The machine does not let the app start (a port is taken, a directory is not writable, a file is missing). The sentence names the key to change or the thing to free.",
} as const;

export type ServiceKitErrorCode = keyof typeof errors;
