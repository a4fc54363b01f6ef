/** Every error code of the processor: what it means, and what to do. The reference page is generated from it. */
export const errors = {
  GATELOG_PROCESSOR_NO_LINE:
    "A frame is no JSON, or has no text in `message`. It goes on as an event whose line is the frame's bytes; look at what the sender writes.",
  GATELOG_PROCESSOR_MASKING_OMITTED:
    "A line, or the fields around it, was longer than masking.charsMax, so that masking it could have held up all others. It was omitted, and its event tagged _maskomitted; raise masking.charsMax if such lines are meant.",
  GATELOG_PROCESSOR_HTTP_REFUSED:
    "A request was answered with something else than 200 (the status is in the line): its sender was told why, and keeps its events.",
  GATELOG_PROCESSOR_FILE:
    "Something happened to a file that is read (what, is in the line). Lost bytes and cut lines are counted; what cannot be read is tried again.",
  GATELOG_PROCESSOR_STDIN:
    "Standard input cannot be read any more, or lines of it were lost when the processor had to stop before they were on disk.",
  GATELOG_PROCESSOR_STOPPING: "A part stops and takes nothing more; what it was given comes again after the next start.",
  GATELOG_PROCESSOR_EVENT_UNREADABLE:
    "A record of the buffer is no event that this version can read. It is in the dead letters as it is; the version that wrote it can read it.",
  GATELOG_PROCESSOR_FILTER_FAILED: "A filter failed on an event. The event is tagged with it, and goes on.",
  GATELOG_PROCESSOR_FILTER_NOTICE:
    "A filter has something to say, such as that its table was read anew, or cannot be read any more; it goes on.",
  GATELOG_PROCESSOR_DOCUMENT_MINIMAL:
    "Elasticsearch refused a document's fields (a mapping conflict, as a rule). The event is stored in its minimal form, with the line and the reason.",
  GATELOG_PROCESSOR_SEARCH_READY: "The search cluster answers and has the index template.",
  GATELOG_PROCESSOR_SEARCH_NODE_LOST:
    "One of several nodes of the search cluster does not answer. Requests go to the others, and it is asked for a sign of life with back-off; look at that node.",
  GATELOG_PROCESSOR_SEARCH_NODE_BACK: "A node of the search cluster that did not answer is used again.",
  GATELOG_PROCESSOR_SEARCH_NO_LIFECYCLE:
    "retentionDays is set, and the search cluster has neither ILM nor ISM: nothing deletes old indices. Delete them yourself, or remove retentionDays.",
  GATELOG_PROCESSOR_TLS_RELOADED: "Certificates or keys were changed. Connections made from now on use them.",
  GATELOG_PROCESSOR_TLS_UNUSABLE:
    "Changed certificates or keys cannot be used (the reason is in the message). Connections go on with those before; put the files right.",
  GATELOG_PROCESSOR_TOPIC_NAME_REFUSED:
    "An event's fields name a topic that it may not have (nameBy.allowed, nameBy.topicsMax, or no name at all). It goes to the output's own topic; the message says which.",
  GATELOG_PROCESSOR_RECORD_THREAD_ENDED:
    "The thread that makes records for Kafka ended (why, is in the line; it ran out of memory, as a rule). Nothing is lost; it is begun again a minute later, and until then outputs are slower.",
  GATELOG_PROCESSOR_OUTPUT_HTTP_REFUSED:
    "An HTTP server refuses an event with a status that is about the event (most of 4xx). It belongs to the dead letters; the server's reason is in the message.",
  GATELOG_PROCESSOR_OUTPUT_HTTP_FAILED:
    "An HTTP server answers with a status that may pass (429, 5xx), or that is about the login or the address (401, 403, 404). It is tried again for ever.",
  GATELOG_PROCESSOR_OUTPUT_HTTP_UNREACHABLE:
    "An HTTP server does not answer, or not in time. The outcome is unknown, so the same events are sent again, with the same ids.",
  GATELOG_PROCESSOR_OUTPUT_FILE_FAILED:
    "The file of an output cannot be written (a full disk, as a rule). It is tried again for ever; no half lines are left in it.",
  GATELOG_PROCESSOR_OUTPUT_STDOUT_FAILED:
    "Standard output cannot be written: whoever read it is gone. Its events wait in the buffer; start the processor again with a reader.",
  GATELOG_PROCESSOR_DEAD_LETTER: "An output refused an event for good. It is in the dead letters with the reason; the output goes on.",
  GATELOG_PROCESSOR_DEAD_LETTERS_SETTLED:
    "A replay or a purge of dead letters that was asked of the admin server has ended; the line has the numbers, and why it ended early where it did.",
  GATELOG_PROCESSOR_OUTPUT_PAUSED:
    "An output refused many events in a row and paused, because the cause is more likely the output than the events. It tries again by itself; look at the reason.",
  GATELOG_PROCESSOR_OUTPUT_RETRYING: "An output fails and is tried again with back-off; its events wait in the buffer.",
  GATELOG_PROCESSOR_OUTPUT_RECOVERED: "An output that failed works again.",
  GATELOG_PROCESSOR_BUFFER_RETRYING:
    "The buffer's disk refused an append, which is tried again. Senders wait for their acknowledgement meanwhile.",
  GATELOG_PROCESSOR_BUFFER_FULL:
    "The buffer has reached buffer.bytesMax, so senders are not acknowledged until an output catches up. Nothing is lost.",
  GATELOG_PROCESSOR_CONFIG_RELOADED:
    "The configuration was loaded again while the processor runs; the line says which changed keys are in use.",
  GATELOG_PROCESSOR_CONFIG_WAITS:
    "The configuration was loaded again, and some of its changes need a restart; the line names them by key. Restart the processor when it suits.",
  GATELOG_PROCESSOR_CONFIG_REFUSED:
    "A changed configuration cannot be used, and the one before runs on. The line says what is wrong and where; correct the file, and it is loaded again.",
  GATELOG_PROCESSOR_DRAINING:
    "Somebody takes this processor out of service (`processor drain --running`, POST /drain): its inputs are closed until it is started again, and its outputs write what is left.",
  GATELOG_PROCESSOR_OUTPUT_REMOVED:
    "The buffer holds events for an output that the configuration no longer has. Add it back, or name it in abandonedOutputs to give them up.",
} as const;

/** Code of an error of the processor. */
export type ProcessorErrorCode = keyof typeof errors;
