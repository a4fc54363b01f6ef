import { exactlyOne, kafkaProducer, Path } from "@gatelog/service-kit";
import { type TopicCompression, topicCompressions, topicValues } from "@gatelog/topic";
import { Type } from "typebox";
import { MiB } from "./units.ts";

const kafka = Type.Object({
  ...kafkaProducer("gatelog-processor"),
  requestTimeoutMs: Type.Integer({ default: 30_000, minimum: 1000, unit: "ms", description: "One request to a broker." }),
  sendTimeoutMs: Type.Integer({
    default: 60_000,
    minimum: 1000,
    unit: "ms",
    description: "Sending one batch; then its outcome counts as unknown and it is sent again.",
  }),
});

const embedded = Type.Object({
  dir: Path({ description: "Directory of the topic; it is on this machine only." }),
  groups: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description: "Consumer groups whose unread messages are kept; name each before it is needed.",
  }),
  bytesMax: Type.Integer({
    default: 1024 * MiB,
    minimum: 8 * MiB,
    unit: "bytes",
    description: "Unread messages beyond it hold this output back.",
  }),
});

const nameBy = Type.Object(
  {
    template: Type.String({
      pattern: "%\\{[^{}]+\\}",
      expected: "a name with fields in it, such as logs-%{fields.team}",
      description: "The topic of an event, with the values of its fields in their places, such as logs-%{fields.team}.",
    }),
    allowed: Type.String({
      default: "[A-Za-z0-9._-]{1,249}",
      minLength: 1,
      description: "Regular expression that a whole name must match; what does not goes to the topic `name`, and is counted.",
    }),
    topicsMax: Type.Integer({
      default: 100,
      minimum: 1,
      maximum: 10_000,
      description: "So many topics at most since the start; what would be one more goes to the topic `name`, and is counted.",
    }),
  },
  { description: "Kafka only: chooses an event's topic by its fields. An event without these fields goes to the topic `name`." },
);

/** `outputs[].topic`. */
export const topic = exactlyOne(
  { kafka, embedded },
  {
    name: Type.String({ pattern: "^[A-Za-z0-9._-]{1,249}$", description: "Name of the topic." }),
    value: Type.Unsafe<(typeof topicValues)[number]>(
      Type.Enum([...topicValues], {
        default: "raw",
        description: "What a message is: the raw line, a record projected to the seed's seven fields, or the whole event as JSON.",
      }),
    ),
    compression: Type.Unsafe<TopicCompression>(
      Type.Enum([...topicCompressions], {
        default: "snappy",
        description: "Compression of messages to Kafka; zstd needs brokers from 2.1 and Node from 22.15 on.",
      }),
    ),
    key: Type.String({
      default: "id",
      minLength: 1,
      description: "Field whose value is the message's key, and so chooses its partition; the id where an event has no such field.",
    }),
    headers: Type.Record(Type.String({ pattern: "^[A-Za-z0-9._-]{1,128}$" }), Type.String({ minLength: 1 }), {
      default: {},
      description: "Further headers, name: field; an event without the field has no such header. gatelog- begins our own.",
    }),
    nameBy: Type.Optional(nameBy),
  },
  { description: "A Kafka topic, or one in a directory." },
);
