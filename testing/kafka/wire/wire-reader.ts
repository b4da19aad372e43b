/** Reads Kafka's primitive types, one after the other, from the bytes of a message. */
export class WireReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  get position(): number {
    return this.#position;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  /** As a number: offsets and times of the tests stay below 2^53. */
  int64(): number {
    return Number(this.#bytes.readBigInt64BE(this.#advance(8)));
  }

  raw(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** With a length of two bytes; −1 is null. */
  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.raw(length).toString('utf8');
  }

  /** With a length of four bytes; −1 is null. */
  bytes(): Buffer | null {
    const length = this.int32();
    return length < 0 ? null : this.raw(length);
  }

  /** With a count of four bytes; null reads as empty. */
  array<Item>(item: () => Item): Item[] {
    const count = this.int32();
    return Array.from({ length: Math.max(count, 0) }, item);
  }

  /** Zigzag, as inside a record batch. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes.readUInt8(this.#advance(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return Number((value >> 1n) ^ -(value & 1n));
  }

  /** With a zigzag length; −1 is null. */
  varBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.raw(length);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#advance(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  }

  /** Of a flexible version: length + 1, 0 is null. */
  compactString(): string | null {
    const length = this.unsignedVarint() - 1;
    return length < 0 ? null : this.raw(length).toString('utf8');
  }

  /** Of a flexible version: count + 1; null reads as empty. */
  compactArray<Item>(item: () => Item): Item[] {
    return Array.from({ length: Math.max(this.unsignedVarint() - 1, 0) }, item);
  }

  skipTaggedFields(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.raw(this.unsignedVarint());
    }
  }

  #advance(length: number): number {
    const start = this.#position;
    if (start + length > this.#bytes.length)
      throw new RangeError(`a message of ${this.#bytes.length} bytes ends before byte ${start + length}`);
    this.#position = start + length;
    return start;
  }
}
