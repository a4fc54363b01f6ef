/** Every error code of the tailer: what it means, and what to do. The reference page is generated from it. */
export const errors = {
  GATELOG_TAILER_OUTPUT_RETRYING:
    "The receiver does not take events. They stay in the files and are sent again with back-off; look at the reason and at the receiver.",
  GATELOG_TAILER_OUTPUT_RECOVERED: "The receiver takes events again.",
  GATELOG_TAILER_OUTPUT_DISCONNECTED: "The connection to the receiver ended. The tailer connects again by itself.",
  GATELOG_TAILER_UNDELIVERED:
    "The stop came to its deadline before everything was acknowledged. The next start sends it again with the same ids.",
  GATELOG_TAILER_LINE_OVERLONG:
    "A line is longer than limits.lineBytesMax. Its beginning was sent, flagged as truncated, or it was skipped where overlong is skip; raise the limit or look at what writes such lines.",
  GATELOG_TAILER_COPY_RECOGNISED:
    "A file holds what another one held that was truncated, replaced or deleted (copytruncate, gzip). It is read on from where that one was read to; nothing of it is sent twice.",
  GATELOG_TAILER_COMPRESSED_FINISHED: "What was unread of a file that was compressed is delivered from its compressed copy.",
  GATELOG_TAILER_COMPRESSED_DAMAGED:
    "A compressed file cannot be inflated to its end, and nothing writes to it any more. Nothing of it is read until it changes; look at what compressed it, and for its plain form.",
  GATELOG_TAILER_FILE_DELETED: "A rotated file was deleted after its delivery, as deleteAfterDelivery says.",
  GATELOG_TAILER_DELETE_FAILED: "A delivered file cannot be deleted. It is tried again; correct the owner or mode of its directory.",
  GATELOG_TAILER_DEAD_LETTER:
    "The output refused an event for good, such as a message that is too large for the brokers, or it is larger than receivers take. It is in registryDir/dead-letters.ndjson with the reason; everything else goes on.",
  GATELOG_TAILER_EVENT_OVERSIZED:
    "An event is larger than output.lumberjack.eventBytesMax: a receiver would close the connection on it again and again. It is a dead letter. Raise the limit, and the receiver's, or look at what writes such lines.",
  GATELOG_TAILER_OUTPUT_FILE:
    "The output's file cannot be written. Lines stay in their files and are written when it can be; free the disk or correct the mode.",
  GATELOG_TAILER_OUTPUT_STDOUT:
    "Standard output cannot be written: whoever read it is gone. The tailer stops, exit 1; lines stay in their files.",
  GATELOG_TAILER_TLS_RELOADED: "Certificates or keys were changed. Connections made from now on use them.",
  GATELOG_TAILER_TLS_UNUSABLE:
    "Certificates or keys were changed and cannot be used, such as a key that belongs to another certificate. The former ones stay in use; put the files right.",
  GATELOG_TAILER_STALLED:
    "For stallMs no event was acknowledged while some waited, or no directory was looked at. Look at the receiver; where it is well, restart the tailer.",
  GATELOG_TAILER_PROGRESS: "The tailer makes progress again.",
  GATELOG_TAILER_INPUTS_OVERLAP:
    "The paths of several inputs match one file, which is read once, as the first of them says. Make their paths or exclude differ.",
  GATELOG_TAILER_UNREAD: "With --once, something could not be looked at or read, so that it was not delivered. Correct its owner or mode.",
  GATELOG_TAILER_FILE_LOST:
    "A file vanished before it was read to its end. Let paths match rotated names too, and keep files longer than the receiver may be away.",
  GATELOG_TAILER_FILE_TRUNCATED: "A file became shorter than what was read of it. It is read again from its beginning.",
  GATELOG_TAILER_FILE_REPLACED: "A file holds other content than before under the same inode. It is read from its beginning.",
  GATELOG_TAILER_FILE_UNREADABLE:
    "A file cannot be opened or read. It is tried again after a second, then ever less often, at least once a minute; correct its owner or mode.",
  GATELOG_TAILER_DIRECTORY_UNREADABLE:
    "A directory cannot be looked at. Its files count as unknown, not as deleted; correct the path, its owner or mode.",
  GATELOG_TAILER_HINT_FAILED:
    "The kernel's file notifications failed, for want of inotify watches as a rule. Files are still found and read, by polling.",
  GATELOG_TAILER_REGISTRY_DAMAGED:
    "The registry was damaged and was restored from what was intact. Lines may be sent again; those of lost entries with new ids.",
  GATELOG_TAILER_REGISTRY_WRITE:
    "The registry cannot be written. Nothing is lost; new files wait, and a crash would send again what was sent since. Free the disk.",
  GATELOG_TAILER_REGISTRY_FULL: "The registry holds limits.filesMax files and new ones wait. Remove old files or raise the limit.",
  GATELOG_TAILER_PASS_FAILED: "Something unforeseen failed while reading. It is tried again with back-off.",
} as const;

/** Code of an error of the tailer. */
export type TailerErrorCode = keyof typeof errors;
