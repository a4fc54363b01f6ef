import type { ConsumedMessage } from "@gatelog/topic";
import type { Provenance } from "../fix-identity.ts";

/** A message, and where in its topic it stood. */
export interface PlacedMessage {
  readonly topic: string;
  readonly partition: number;
  readonly message: ConsumedMessage;
}

/** What a topic says of a message. A key is never read as an id: whoever writes a topic may have keys of his own. */
export function topicProvenance({ topic, partition, message }: PlacedMessage, placeId: () => string): Provenance {
  const { headers, offset, key } = message;
  const place = { topic, partition, offset, ...(key !== "" && { key }) };
  return {
    carried: { id: headers["gatelog-id"], time: headers["gatelog-time"] },
    placeId,
    fieldsJson: JSON.stringify({ kafka: place }),
  };
}
