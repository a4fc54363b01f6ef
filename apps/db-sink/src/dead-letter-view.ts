import type { ConsumedMessage } from "@gatelog/topic";

/** Where a dead letter stands, and the letter. */
export interface PlacedLetter {
  /** The topic that the message came from, not that of the dead letters. */
  readonly topic: string;
  /** Of the topic of the dead letters. */
  readonly partition: number;
  readonly message: ConsumedMessage;
}

/** What `dlt list` says of a letter. */
export interface LetterHead {
  readonly topic: string;
  /** `<partition>/<offset>` in the topic of the dead letters. */
  readonly place: string;
  /** When it was refused, ISO UTC. */
  readonly at: string;
  readonly code: string;
  readonly id: string;
  readonly reason: string;
}

/** Which letters are meant; all where nothing is set. */
export interface LetterFilter {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** `<partition>/<offset>`, or an offset of partition 0. */
  readonly place: string | undefined;
  /** A part of the code or of the reason, in any case. */
  readonly reason: string | undefined;
}

export function letterHead({ topic, partition, message }: PlacedLetter): LetterHead {
  const header = (name: string) => message.headers[`gatelog-${name}`] ?? "-";
  return {
    topic,
    place: `${partition}/${message.offset}`,
    at: header("dlt-at"),
    code: header("dlt-code"),
    id: header("id"),
    reason: header("dlt-reason"),
  };
}

/** All of a letter; a value that is no text shows as such, with signs in place of what is none. */
export function wholeLetter(letter: PlacedLetter): object {
  const { key, headers, value } = letter.message;
  return { ...letterHead(letter), key, headers, value: Buffer.from(value).toString("utf8") };
}

export function isMeant(letter: PlacedLetter, { fromMs, toMs, place, reason }: LetterFilter): boolean {
  const head = letterHead(letter);
  const atMs = Date.parse(head.at);
  if (fromMs !== undefined && !(atMs >= fromMs)) return false;
  if (toMs !== undefined && !(atMs < toMs)) return false;
  if (place !== undefined && place !== head.place) return false;
  return reason === undefined || `${head.code} ${head.reason}`.toLowerCase().includes(reason.toLowerCase());
}
