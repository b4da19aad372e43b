/**
 * Kafka's wire types, written into a buffer that grows. `compact` forms belong to flexible request versions (KIP-482).
 */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  /** `capacity`: bytes to begin with. */
  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written. A view: write no further afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  int8(value: number): this {
    this.#reserve(1);
    this.#length = this.#buffer.writeInt8(value, this.#length);
    return this;
  }

  int16(value: number): this {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(value, this.#length);
    return this;
  }

  int32(value: number): this {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
    return this;
  }

  uint32(value: number): this {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32BE(value, this.#length);
    return this;
  }

  /** A safe integer as 64 bits. */
  int64(value: number): this {
    this.#reserve(8);
    this.#buffer.writeInt32BE(Math.floor(value / 4_294_967_296), this.#length);
    this.#buffer.writeUInt32BE(value - Math.floor(value / 4_294_967_296) * 4_294_967_296, this.#length + 4);
    this.#length += 8;
    return this;
  }

  /** `INT16` length and UTF-8; null is length −1. */
  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const bytes = Buffer.byteLength(value);
    this.int16(bytes);
    return this.#utf8(value, bytes);
  }

  compactString(value: string | null): this {
    if (value === null) return this.unsignedVarint(0);
    const bytes = Buffer.byteLength(value);
    this.unsignedVarint(bytes + 1);
    return this.#utf8(value, bytes);
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  array<Item>(items: readonly Item[], write: (item: Item) => void): this {
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }

  compactArray<Item>(items: readonly Item[], write: (item: Item) => void): this {
    this.unsignedVarint(items.length + 1);
    for (const item of items) write(item);
    return this;
  }

  /** The end of every structure of a flexible version; we send no tagged field. */
  noTaggedFields(): this {
    return this.int8(0);
  }

  unsignedVarint(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.int8(((rest & 0x7f) | 0x80) - 256);
      rest = Math.floor(rest / 128);
    }
    return this.int8(rest);
  }

  #utf8(value: string, bytes: number): this {
    this.#reserve(bytes);
    this.#length += this.#buffer.write(value, this.#length);
    return this;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
