/**
 * The bytes inside JoinGroup and SyncGroup when the protocol type is `consumer`: subscription and assignment, version 0.
 * Topic names are ASCII by Kafka's rule, so no text decoder is needed.
 * Not modelled: user data is kept empty; owned partitions, generation and rack (versions 1 to 3) are read over.
 * Source: org.apache.kafka.clients.consumer.internals.ConsumerProtocol.
 */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

export interface ConsumerAssignment {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export function encodeSubscription(topics: readonly string[]): Uint8Array {
  const writer = new Writer(2 + 4 + topics.reduce((bytes, topic) => bytes + 2 + topic.length, 0) + 4);
  writer.int16(0);
  writer.int32(topics.length);
  for (const topic of topics) writer.ascii(topic);
  writer.int32(-1);
  return writer.bytes;
}

/** Null when the bytes are no subscription: Kafka then treats the member as one whose topics are not known. */
export function decodeSubscription(bytes: Uint8Array): readonly string[] | null {
  return decode(bytes, (reader) => {
    reader.int16();
    return reader.array(() => reader.ascii());
  });
}

export function encodeAssignment(assignment: readonly ConsumerAssignment[]): Uint8Array {
  const size = assignment.reduce((bytes, { topic, partitions }) => bytes + 2 + topic.length + 4 + 4 * partitions.length, 0);
  const writer = new Writer(2 + 4 + size + 4);
  writer.int16(0);
  writer.int32(assignment.length);
  for (const { topic, partitions } of assignment) {
    writer.ascii(topic);
    writer.int32(partitions.length);
    for (const partition of partitions) writer.int32(partition);
  }
  writer.int32(-1);
  return writer.bytes;
}

/** No bytes at all mean no partitions; null when the bytes are no assignment. */
export function decodeAssignment(bytes: Uint8Array): readonly ConsumerAssignment[] | null {
  if (bytes.length === 0) return [];
  return decode(bytes, (reader) => {
    reader.int16();
    return reader.array(() => ({ topic: reader.ascii(), partitions: reader.array(() => reader.int32()) }));
  });
}

function decode<T>(bytes: Uint8Array, read: (reader: Reader) => T): T | null {
  try {
    return read(new Reader(bytes));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

class Writer {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  int16(value: number): void {
    this.#view.setInt16(this.#at, value);
    this.#at += 2;
  }

  int32(value: number): void {
    this.#view.setInt32(this.#at, value);
    this.#at += 4;
  }

  ascii(text: string): void {
    this.int16(text.length);
    for (let index = 0; index < text.length; index += 1) this.bytes[this.#at + index] = text.charCodeAt(index);
    this.#at += text.length;
  }
}

/** Throws RangeError, as DataView does, on bytes that end early or on a size that cannot be. */
class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  int16(): number {
    const value = this.#view.getInt16(this.#at);
    this.#at += 2;
    return value;
  }

  int32(): number {
    const value = this.#view.getInt32(this.#at);
    this.#at += 4;
    return value;
  }

  array<T>(item: () => T): readonly T[] {
    const length = this.int32();
    if (length < 0 || length > this.#view.byteLength) throw new RangeError(`Array of ${length} items in ${this.#view.byteLength} bytes`);
    return Array.from({ length }, item);
  }

  ascii(): string {
    const length = this.int16();
    if (length < 0) throw new RangeError(`String of ${length} bytes`);
    let text = '';
    for (let index = 0; index < length; index += 1) text += String.fromCharCode(this.#view.getUint8(this.#at + index));
    this.#at += length;
    return text;
  }
}
