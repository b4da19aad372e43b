const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * The 32-bit murmur2 hash of Kafka's Java client (org.apache.kafka.common.utils.Utils.murmur2), as a signed integer.
 * Every client that chooses partitions by key must use this very one, or records of a key end up in two partitions.
 */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const words = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < words; at += 4) {
    let word = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    word = Math.imul(word, MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const rest = length - words;
  if (rest === 3) hash ^= byte(bytes, words + 2) << 16;
  if (rest >= 2) hash ^= byte(bytes, words + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byte(bytes, words), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** The partition of a key among `partitions` (≥ 1), as Kafka's Java client chooses it (BuiltInPartitioner.partitionForKey). */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
