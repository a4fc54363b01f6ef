/** Codes of this library's errors and events: what each means and what to do. The reference page is generated from this table. */
export const errors = {
  GATELOG_TOPIC_MESSAGE_REFUSED:
    "Kafka refuses a message for good: it is larger than the topic's max.message.bytes, or the broker finds it invalid. It belongs to the dead letters.",
  GATELOG_TOPIC_KAFKA_UNREACHABLE: "No Kafka broker answers. It is tried again for ever; check the brokers' addresses and the network.",
  GATELOG_TOPIC_KAFKA_FAILED:
    "Kafka answered with an error that may pass (leader election, missing rights, too few replicas). It is tried again for ever; the message is the broker's.",
  GATELOG_TOPIC_TIMEOUT: "Kafka did not answer in time. The outcome is unknown, so the same messages are sent again, with the same ids.",
  GATELOG_TOPIC_KAFKA_CONNECTED: "The connection to Kafka works (again).",
  GATELOG_TOPIC_KAFKA_CLIENT: "A warning of the Kafka client itself, which it handles by itself.",
  GATELOG_TOPIC_CREATED: "The topic did not exist and was created.",
  GATELOG_TOPIC_NOT_CREATED: "The topic does not exist and this client may not create it. Create it; sending goes on then.",
  GATELOG_TOPIC_NOT_IDEMPOTENT:
    "The brokers offer no idempotent writes to this client. A repeat after an error may be stored twice, with the same id; nothing is lost.",
  GATELOG_TOPIC_OUT_OF_RANGE:
    "The offset that the group committed is not in the topic's log: the topic was made anew, or its retention was faster than the group (what it removed is lost). Nothing of the topic is read until somebody decides: set the group's offsets with Kafka's tools (it must have no members: with several topics stop the service before), or `topic.outOfRange` to `earliest` or `latest`. It is noticed by itself.",
  GATELOG_TOPIC_OUT_OF_RANGE_RESET:
    "The offset that the group committed is not in the topic's log, and by `topic.outOfRange` reading goes on at the oldest message or at the end. The message says what was skipped.",
  GATELOG_TOPIC_MISSING: "One of several topics does not exist yet. The others are read; it is looked for again every few seconds.",
  GATELOG_TOPIC_FETCH_SHRUNK:
    "What was fetched becomes so large when it is decompressed that memory would not be bounded any more. The consumer joins again and fetches a sixteenth at a time from then on.",
  GATELOG_TOPIC_BATCH_TOO_LARGE:
    "One record batch becomes larger than memory is for when it is decompressed (256 MiB, or eight times `fetchBytesMax`): a mistake, or an attack. It is neither read nor passed over, so that its partition (the one whose lag grows) and what its broker sends beside it wait; it is tried again for ever. Raise `fetchBytesMax`, or set the group's offset behind the batch with Kafka's tools while the service is stopped.",
  GATELOG_TOPIC_REDELIVERED: "A batch was not handled, so it is not committed and is handed over again.",
  GATELOG_TOPIC_EMBEDDED_NOT_OPEN:
    "The log of an embedded topic cannot be opened now: another process has it, it does not exist yet, its group is not in the producer's `groups`, or the disk refuses. It is tried again for ever; the message says which.",
  GATELOG_TOPIC_EMBEDDED_NAME:
    "The name of an embedded topic cannot be a directory's. Use 1 to 249 letters, digits, dots, hyphens and underscores.",
  GATELOG_TOPIC_EMBEDDED_LOG:
    "The log of an embedded topic reports something; the message begins with the kind of event, as libs/segment-log names it.",
  GATELOG_TOPIC_EMBEDDED_UNREADABLE:
    "A record of an embedded topic was written by another version or another program. It is handed over whole, as a value, so that it ends in the dead letters and not in nothing.",
} as const;

/** Code of an error or event of this library. */
export type TopicErrorCode = keyof typeof errors;
