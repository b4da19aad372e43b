import { KafkaError } from '../../../errors.ts';

/** Reads Kafka's wire types from a buffer; whatever lies past its end is a PROTOCOL error. */
export class ByteReader {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  /** 64 bits as a number; refused with OFFSET_TOO_LARGE where a number cannot hold it exactly. */
  int64(): number {
    return readInt64(this.#buffer, this.#advance(8));
  }

  bigInt64(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8));
  }

  /** 16 bytes as hexadecimal digits with dashes. */
  uuid(): string {
    const start = this.#advance(16);
    const digits = this.#buffer.toString('hex', start, start + 16);
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
  }

  string(): string | null {
    return this.#utf8(this.int16());
  }

  compactString(): string | null {
    return this.#utf8(this.unsignedVarint() - 1);
  }

  /** A view, not a copy; null where the length is negative. */
  bytes(length: number): Buffer | null {
    if (length < 0) return null;
    const start = this.#advance(length);
    return this.#buffer.subarray(start, start + length);
  }

  /** A null array reads as an empty one. */
  array<Item>(read: () => Item): Item[] {
    return this.#items(this.int32(), read);
  }

  compactArray<Item>(read: () => Item): Item[] {
    return this.#items(this.unsignedVarint() - 1, read);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 5; factor *= 128, count += 1) {
      const byte = this.#buffer.readUInt8(this.#advance(1));
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new KafkaError('PROTOCOL', 'A broker answered a variable-length number of more than 5 bytes.');
  }

  /** Tagged fields (KIP-482) that we do not know are passed over. */
  skipTaggedFields(): void {
    this.taggedField(-1, () => null);
  }

  /** The tagged field of this number, read from its beginning on; null where it is not there. The others are passed over. */
  taggedField<Field>(tag: number, read: () => Field): Field | null {
    let field: Field | null = null;
    for (let left = this.unsignedVarint(); left > 0; left -= 1) {
      const isWanted = this.unsignedVarint() === tag;
      const size = this.unsignedVarint();
      const start = this.#offset;
      if (isWanted) field = read();
      this.#offset = start;
      this.#advance(size);
    }
    return field;
  }

  #items<Item>(count: number, read: () => Item): Item[] {
    const items: Item[] = [];
    for (let index = 0; index < count; index += 1) items.push(read());
    return items;
  }

  #utf8(length: number): string | null {
    if (length < 0) return null;
    const start = this.#advance(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  #advance(bytes: number): number {
    const start = this.#offset;
    if (bytes < 0 || start + bytes > this.#buffer.length) {
      throw new KafkaError('PROTOCOL', `A broker's answer ends early: ${start + bytes} bytes were expected, ${this.#buffer.length} came.`);
    }
    this.#offset += bytes;
    return start;
  }
}

export function readInt64(buffer: Buffer, offset: number): number {
  const value = buffer.readInt32BE(offset) * 4_294_967_296 + buffer.readUInt32BE(offset + 4);
  if (!Number.isSafeInteger(value)) {
    throw new KafkaError(
      'OFFSET_TOO_LARGE',
      `A broker answered ${buffer.readBigInt64BE(offset)}; numbers up to ${Number.MAX_SAFE_INTEGER} are supported.`,
    );
  }
  return value;
}
