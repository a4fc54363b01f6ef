/** How an input type calls what all of them have. */
export interface InputNames {
  readonly scanInterval: string;
  readonly symlinks: string;
  readonly excludeFiles: string;
  readonly includeFiles?: string;
  readonly isRecursive: string;
  readonly lineBytesMax: string;
  readonly startAtEnd: string;
  readonly pollMin: string;
  readonly pollMax: string;
  readonly closeInactive: string;
  readonly closeRenamed: string;
  readonly closeRemoved: string;
  readonly closeTimeout: string;
  readonly closeEof: string;
}

/** Types `log`, `container` and `docker`. */
export const logNames: InputNames = {
  scanInterval: "scan_frequency",
  symlinks: "symlinks",
  excludeFiles: "exclude_files",
  isRecursive: "recursive_glob.enabled",
  lineBytesMax: "max_bytes",
  startAtEnd: "tail_files",
  pollMin: "backoff",
  pollMax: "max_backoff",
  closeInactive: "close_inactive",
  closeRenamed: "close_renamed",
  closeRemoved: "close_removed",
  closeTimeout: "close_timeout",
  closeEof: "close_eof",
};

/** Type `filestream`. */
export const filestreamNames: InputNames = {
  scanInterval: "prospector.scanner.check_interval",
  symlinks: "prospector.scanner.symlinks",
  excludeFiles: "prospector.scanner.exclude_files",
  includeFiles: "prospector.scanner.include_files",
  isRecursive: "prospector.scanner.recursive_glob",
  lineBytesMax: "message_max_bytes",
  startAtEnd: "seek_to_tail",
  pollMin: "backoff.init",
  pollMax: "backoff.max",
  closeInactive: "close.on_state_change.inactive",
  closeRenamed: "close.on_state_change.renamed",
  closeRemoved: "close.on_state_change.removed",
  closeTimeout: "close.reader.after_interval",
  closeEof: "close.reader.on_eof",
};

/** What no input of the tailer has: key, and what to do. */
export const inputNotes: Readonly<Record<string, string>> = {
  harvester_buffer_size: "has no equivalent: the tailer reads all files through one buffer, and its size needs no care",
  buffer_size: "has no equivalent: the tailer reads all files through one buffer, and its size needs no care",
  backoff_factor: "has no equivalent: the pause doubles, from scan.pollMinMs up to scan.pollMaxMs",
  processors: "has no equivalent, the tailer sends lines as they are: do it in the processor or in Logstash",
  pipeline: "names an ingest pipeline of Elasticsearch, which the tailer knows nothing of: set it in what writes to Elasticsearch",
  index: "names an index of Elasticsearch, which the tailer knows nothing of: set it in what writes to Elasticsearch",
  keep_null: "has no equivalent: fields are sent as they are, null too",
  publisher_pipeline: "has no equivalent: host.name is always sent",
  module: "names a module of Filebeat, which the tailer does not have: take its lines apart in the processor or in Logstash",
  fileset: "names a module of Filebeat, which the tailer does not have: take its lines apart in the processor or in Logstash",
  service: "is left out: write it into fields where something after the tailer needs it",
  "scan.sort": "has no equivalent: files take turns, whatever their names and ages",
  "scan.order": "has no equivalent: files take turns, whatever their names and ages",
  force_close_files: "is an option of Filebeat 1; see inputs[].closeRenamed",
  close_older: "is an option of Filebeat 1; see close.inactiveMs",
  allow_deprecated_use: "is not needed",
  allow_deprecated_id_duplication: "is not needed: each input gets an id of its own",
  legacy_clean_inactive: "is not needed: inputs[].cleanInactiveMs never makes a file that is there be read again",
  take_over: "has no equivalent: Filebeat's registry is not read; see the guide on how to avoid doubles",
  file_identity: "is not needed: a file is known by its device, its inode and a fingerprint that grows with it, from its first byte on",
  rotation: "is not needed: a file that was copied is known by its content",
  include_file_owner_name: "has no equivalent: the owner of a file is not sent",
  include_file_owner_group_name: "has no equivalent: the group of a file is not sent",
  read_until_eof: "is not needed: a stop always reads to the end and waits for the acknowledgements, up to shutdownDeadlineMs",
  "prospector.scanner.fingerprint":
    "is not needed: a file is known by its device, its inode and a fingerprint that grows from its first byte",
  "prospector.scanner.resend_on_touch": "has no equivalent: a file that was touched but did not change is never sent again",
  "close.on_state_change.check_interval": "has no equivalent: files are looked at with each scan and each poll",
};

/** Options of the other types: Filebeat passes over them without a word, and so may be running without them. */
export const ignoredByFilestream: readonly string[] = [
  "scan_frequency",
  "symlinks",
  "exclude_files",
  "recursive_glob",
  "max_bytes",
  "tail_files",
  "max_backoff",
  "close_inactive",
  "close_renamed",
  "close_removed",
  "close_timeout",
  "close_eof",
  "json",
  "multiline",
  "docker-json",
  "stream",
  "format",
];
