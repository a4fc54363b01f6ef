import { kafkaClient, Path } from "@gatelog/service-kit";
import { Type } from "typebox";
import { codecSchema } from "./codec.ts";
import { KiB, MiB } from "./units.ts";

const topicName = Type.String({ pattern: "^[A-Za-z0-9._-]{1,249}$", description: "Name of the topic." });

const group = Type.String({
  default: "gatelog-processor",
  minLength: 1,
  maxLength: 255,
  description: "Consumer group; processors of one group share the topic's partitions.",
});

/** `inputs[].kafka`. */
export const kafkaInput = Type.Object(
  {
    ...kafkaClient("gatelog-processor"),
    topic: topicName,
    group,
    codec: codecSchema("auto"),
    requestTimeoutMs: Type.Integer({ default: 30_000, minimum: 1000, unit: "ms", description: "One request to a broker." }),
    sessionTimeoutMs: Type.Integer({
      default: 10_000,
      minimum: 500,
      maximum: 300_000,
      unit: "ms",
      description: "After that long without a sign of life the group gives the partitions to another processor.",
    }),
    fetchBytesMax: Type.Integer({
      default: 4 * MiB,
      minimum: 64 * KiB,
      maximum: 64 * MiB,
      unit: "bytes",
      description: "What one fetch asks for, compressed as it is in the topic.",
    }),
  },
  { description: "A Kafka topic, as a member of a consumer group." },
);

/** `inputs[].embedded`. */
export const embeddedInput = Type.Object(
  {
    dir: Path({ description: "Directory of the topic; it is on this machine only." }),
    topic: topicName,
    group,
    codec: codecSchema("auto"),
  },
  { description: "A topic in a directory, which another app on this machine writes; name the group in its output." },
);
