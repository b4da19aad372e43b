import { createRequire } from 'node:module';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { KafkaError } from '../../../errors.ts';

/**
 * Decompression of record batches, synchronous (asynchronous zlib would break deterministic simulation, and a batch is
 * small). gzip and zstd come with Node; snappy and lz4 need an optional package, loaded when the first such batch comes.
 * Nothing is registered with kafkajs: codecs that an application gave to kafkajs stay its own.
 */
const CODECS: Readonly<Record<number, (compressed: Buffer) => Buffer>> = {
  1: (compressed) => gunzipSync(compressed),
  2: decompressSnappy,
  3: (compressed) => asBuffer(load<Lz4>('lz4js', 'lz4').decompress(compressed)),
  4: (compressed) => zstdDecompressSync(compressed),
};

interface Lz4 {
  decompress(compressed: Uint8Array): Uint8Array;
}
interface Snappy {
  uncompress(compressed: Uint8Array): Uint8Array;
}

/** `codec`: the three lowest bits of a batch's attributes. */
export function decompress(codec: number, compressed: Buffer): Buffer {
  const decompressor = CODECS[codec];
  if (decompressor === undefined)
    throw new KafkaError(
      'CODEC_UNSUPPORTED',
      `A record batch is compressed with codec ${codec}; known are 1 (gzip), 2 (snappy), 3 (lz4) and 4 (zstd).`,
    );
  try {
    return decompressor(compressed);
  } catch (cause) {
    if (cause instanceof KafkaError) throw cause;
    throw new KafkaError(
      'PROTOCOL',
      `A record batch compressed with codec ${codec} (1 gzip, 2 snappy, 3 lz4, 4 zstd) does not decompress.`,
      { cause },
    );
  }
}

/** Kafka's Java client wraps snappy blocks in the framing of xerial's snappy-java; librdkafka and others may send one bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic and two version numbers of four bytes. */
const XERIAL_HEADER_BYTES = 16;

function decompressSnappy(compressed: Buffer): Buffer {
  const snappy = load<Snappy>('snappyjs', 'snappy');
  if (!compressed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return asBuffer(snappy.uncompress(compressed));
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < compressed.length;) {
    const length = compressed.readUInt32BE(at);
    blocks.push(asBuffer(snappy.uncompress(compressed.subarray(at + 4, at + 4 + length))));
    at += 4 + length;
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

let requirePackage: (name: string) => unknown = createRequire(import.meta.url);
const loaded = new Map<string, unknown>();

function load<Package>(name: string, codec: string): Package {
  const known = loaded.get(name);
  if (known !== undefined) return known as Package;
  try {
    const found = requirePackage(name);
    loaded.set(name, found);
    return found as Package;
  } catch (cause) {
    throw new KafkaError(
      'CODEC_MISSING',
      `The topic holds records compressed with ${codec}; install the package "${name}" to read them (npm install ${name}).`,
      {
        cause,
        details: { codec, package: name },
      },
    );
  }
}

/** For tests: how packages are found. Gives back what undoes it. */
export function replacePackageLoader(loader: (name: string) => unknown): () => void {
  const before = requirePackage;
  requirePackage = loader;
  loaded.clear();
  return () => {
    requirePackage = before;
    loaded.clear();
  };
}
