import { Buffer } from "node:buffer";
import type { KeptLetter } from "./dead-letter-store.ts";
import { decodeEvent } from "./stored-event.ts";

/** What a list shows of a letter; `id` is missing where the letter holds no event. */
export function letterHead({ offset, time, output, code, reason, event }: KeptLetter) {
  return { offset, time, output, code, reason, id: decodeEvent(Buffer.from(event))?.id };
}

/** A letter with its line and fields, as they are stored, which is masked; what is no event is in `bytes`, in base64. */
export function wholeLetter(letter: KeptLetter) {
  const event = decodeEvent(Buffer.from(letter.event));
  if (event === undefined) return { ...letterHead(letter), bytes: Buffer.from(letter.event).toString("base64") };
  return { ...letterHead(letter), eventTime: event.time, type: event.type, message: event.message, fields: event.fields };
}
