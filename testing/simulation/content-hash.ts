/**
 * A running hash of what happened, by content: the same on every machine and Node version. Integer arithmetic only, no
 * object identity, no wall time; properties count in the order in which the code writes them.
 */
import type { KafkaRecord } from '../../src/record.ts';

const TWO_TO_32 = 4_294_967_296;
/** Of a stored record's key and value; their lengths count as well. */
const MAX_HASHED_BYTES = 256;
/** Of a stored batch. */
const MAX_HASHED_RECORDS = 128;
/** To remember what a batch of so few records hashes to takes longer than to do it again. */
const MAX_RECORDS_HASHED_ANEW = 4;
/** Deeper than any request or event; what is deeper is a defect, such as a cycle. */
const MAX_DEPTH = 16;

/** Tags, so that a list of one differs from its element and null from zero. */
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;
const TEXT = 5;
const BYTES = 6;
const LIST = 7;
const OBJECT = 8;
const FLOAT = 9;

const float = new DataView(new ArrayBuffer(8));
/** Stored batches never change and are read again and again. */
const textDigests = new Map<string, number>();
/** Characters of a text whose digest is kept, and how many are. */
const MAX_KEPT_TEXT = 64;
const MAX_KEPT_TEXTS = 20_000;
const batchDigests = new WeakMap<object, number>();

/**
 * The name of a property. The same names follow one another again and again, and mostly with the same text behind them: a
 * guess of both, which is checked, is quicker than looking them up.
 */
interface PropertyName {
  readonly name: string;
  readonly tag: number;
  readonly digest: number;
  next: PropertyName | null;
  text: string;
  textTag: number;
  textDigest: number;
}

const propertyNames = new Map<string, PropertyName>();
/** Names of properties that are kept: those of requests, replies and observations are a few hundred. */
const MAX_KEPT_NAMES = 5_000;
const beforeFirst = makeName('');

export class ContentHash {
  #left = 0x9e3779b9;
  #right = 0x7f4a7c15;

  /** 32 bits of the state so far. */
  get short(): number {
    return (finish(this.#left) ^ this.#right) >>> 0;
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    return hex(finish(this.#left ^ 0x51ed270b)) + hex(finish(this.#right ^ this.#left));
  }

  integer(value: number): void {
    const mixed = Math.imul(value, 0xcc9e2d51);
    const turned = (mixed << 15) | (mixed >>> 17);
    const left = this.#left ^ Math.imul(turned, 0x1b873593);
    this.#left = (Math.imul((left << 13) | (left >>> 19), 5) + 0xe6546b64) | 0;
    this.#right = (Math.imul(this.#right ^ value, 0x01000193) + this.#left) | 0;
  }

  text(value: string): void {
    this.integer(TEXT + (value.length << 4));
    this.integer(textDigest(value));
  }

  bytes(value: Uint8Array): void {
    this.integer(BYTES + (value.length << 4));
    for (let index = 0; index < value.length; index += 1) this.integer(value[index] as number);
  }

  number(value: number): void {
    if ((value | 0) === value) {
      this.integer(NUMBER);
      this.integer(value);
      return;
    }
    if (Number.isSafeInteger(value)) {
      this.integer(NUMBER);
      this.integer(Math.floor(value / TWO_TO_32) | 0);
      this.integer(value | 0);
      return;
    }
    float.setFloat64(0, value, true);
    this.integer(FLOAT);
    this.integer(float.getInt32(0, true));
    this.integer(float.getInt32(4, true));
  }

  /** Anything that a request, a reply or an observation holds. Functions and what is undefined do not count. */
  value(value: unknown, depth = 0): void {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.integer(value ? TRUE : FALSE);
      case 'bigint':
        return this.text(value.toString());
      case 'object':
        break;
      default:
        return;
    }
    if (value === null) return this.integer(NULL);
    if (depth > MAX_DEPTH) throw new RangeError('A value that is hashed for the trace is nested too deeply, or holds itself');
    if (Array.isArray(value)) {
      const { length } = value;
      this.integer(LIST + (length << 4));
      for (let index = 0; index < length; index += 1) this.value(value[index], depth + 1);
      return;
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) {
      if (value instanceof Uint8Array) return this.bytes(value);
      if (value instanceof Error) return this.#error(value, depth);
    }
    if ('baseOffset' in value && 'records' in value) return this.integer(batchDigest(value));
    this.#object(value, depth);
  }

  #object(value: object, depth: number): void {
    this.integer(OBJECT);
    let before = beforeFirst;
    for (const name in value) {
      const property = (value as Readonly<Record<string, unknown>>)[name];
      if (property === undefined || typeof property === 'function') continue;
      let known = before.next;
      if (known === null || known.name !== name) before.next = known = knownName(name);
      before = known;
      this.integer(known.tag);
      this.integer(known.digest);
      if (typeof property === 'number') this.number(property);
      else if (typeof property === 'string') this.#textOf(known, property);
      else this.value(property, depth + 1);
    }
  }

  #textOf(known: PropertyName, text: string): void {
    if (known.text !== text) {
      if (text.length > MAX_KEPT_TEXT) return this.text(text);
      known.text = text;
      known.textTag = TEXT + (text.length << 4);
      known.textDigest = textDigest(text);
    }
    this.integer(known.textTag);
    this.integer(known.textDigest);
  }

  /** No stack: it holds paths of this machine. */
  #error(error: Error, depth: number): void {
    this.text(error.name);
    const { code } = error as { readonly code?: unknown };
    this.value(typeof code === 'string' ? code : error.message, depth + 1);
  }
}

/** 16 hexadecimal digits of the values, in order. */
export function contentHash(...values: readonly unknown[]): string {
  const hash = new ContentHash();
  for (const value of values) hash.value(value);
  return hash.digest();
}

function knownName(name: string): PropertyName {
  const known = propertyNames.get(name);
  if (known !== undefined) return known;
  if (propertyNames.size >= MAX_KEPT_NAMES) propertyNames.clear();
  const made = makeName(name);
  propertyNames.set(name, made);
  return made;
}

function makeName(name: string): PropertyName {
  return {
    name,
    tag: TEXT + (name.length << 4),
    digest: textDigest(name),
    next: null,
    text: '',
    textTag: TEXT,
    textDigest: textDigest(''),
  };
}

/** Names of connections come again and again. */
function textDigest(value: string): number {
  const known = textDigests.get(value);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let index = 0; index < value.length; index += 1) {
    hash = Math.imul(hash ^ value.charCodeAt(index), 0x01000193);
    hash = (hash << 13) | (hash >>> 19);
  }
  const digest = finish(hash);
  if (value.length > MAX_KEPT_TEXT) return digest;
  if (textDigests.size >= MAX_KEPT_TEXTS) textDigests.clear();
  textDigests.set(value, digest);
  return digest;
}

function batchDigest(batch: object): number {
  const { baseOffset, records } = batch as { readonly baseOffset: number; readonly records: readonly Partial<KafkaRecord>[] };
  const isKept = records.length > MAX_RECORDS_HASHED_ANEW;
  const known = isKept ? batchDigests.get(batch) : undefined;
  if (known !== undefined) return known;
  const hash = new ContentHash();
  hash.number(baseOffset);
  hash.integer(records.length);
  // A batch may hold a million of them: of each what may differ, of long values the beginning, of long batches a sample.
  const step = Math.ceil(records.length / MAX_HASHED_RECORDS);
  for (let index = 0; index < records.length; index += step) {
    const { timestamp, key, value } = records[index] as Partial<KafkaRecord>;
    hash.number(timestamp ?? -1);
    start(hash, key);
    start(hash, value);
  }
  if (isKept) batchDigests.set(batch, hash.short);
  return hash.short;
}

function start(hash: ContentHash, bytes: Uint8Array | null | undefined): void {
  if (bytes === null || bytes === undefined) return hash.integer(NULL);
  hash.integer(bytes.length);
  const length = Math.min(bytes.length, MAX_HASHED_BYTES);
  for (let index = 0; index < length; index += 1) hash.integer(bytes[index] as number);
}

function finish(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
