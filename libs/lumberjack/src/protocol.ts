/*
 * Lumberjack, the protocol between Beats and Logstash, as both speak it. All integers are unsigned, 32 bits, big-endian.
 *
 *   stream     = *( window | data | json | compressed )          ; sender → receiver
 *   window     = version "W" count                               ; so many events follow, then an ACK is due
 *   json       = version "J" sequence length <length bytes>      ; one event, a JSON object (version 2)
 *   data       = version "D" sequence pairs 1*pair               ; one event, flat fields (version 1)
 *   pair       = length <key bytes> length <value bytes>
 *   compressed = version "C" length <length bytes>               ; zlib of *( window | data | json )
 *   ack        = version "A" sequence                            ; receiver → sender; 0 = "still at it"
 *   version    = "1" | "2"
 *
 * An ACK says that every event of the oldest open window up to and including `sequence` is safe; less than the window's
 * highest sequence is a partial ACK. Sources: the Logstash beats input (BeatsParser), elastic/go-lumber `protocol`.
 */

export const version1 = 0x31;
export const version2 = 0x32;

/** Frame types, the second byte of every frame. */
export const frameType = { window: 0x57, json: 0x4a, data: 0x44, compressed: 0x43, ack: 0x41 } as const;

/** The port that Beats and Logstash agree on. */
export const defaultPort = 5044;

/** Bytes of a version and a type. */
export const prefixBytes = 2;
/** Bytes of a window or an ACK frame, and of the head of a compressed frame. */
export const shortFrameBytes = 6;
/** Bytes before the payload of a JSON frame, and before the pairs of a data frame. */
export const eventHeadBytes = 10;

/** What one peer may ask of us. Everything above closes the connection; nothing above is ever allocated. */
export interface DecoderLimits {
  /** Events that one window may announce. */
  readonly windowEventsMax: number;
  /** Bytes of one event. */
  readonly jsonBytesMax: number;
  /** Bytes of one compressed frame on the wire. */
  readonly compressedBytesMax: number;
  /** Bytes that one compressed frame may inflate to. It is inflated in pieces, so this bounds work, not memory. */
  readonly inflatedBytesMax: number;
  /** Key-value pairs of one version 1 event. */
  readonly pairsMax: number;
}

export const defaultLimits: DecoderLimits = {
  windowEventsMax: 65_536,
  jsonBytesMax: 16 * 1024 * 1024,
  compressedBytesMax: 32 * 1024 * 1024,
  inflatedBytesMax: 512 * 1024 * 1024,
  pairsMax: 1024,
};
