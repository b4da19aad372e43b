import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { murmur2, partitionForKey } from '../../src/producer/murmur2.ts';

interface Vector {
  readonly keyBase64: string;
  readonly hash: number;
  readonly partitions: Readonly<Record<string, number>>;
}

// Made by Kafka's Java client 4.2.1; see fixtures/Murmur2Vectors.java.
const vectors = JSON.parse(readFileSync(new URL('fixtures/murmur2-java.json', import.meta.url), 'utf8')) as readonly Vector[];

describe('the partition of a key', () => {
  it(`is that of Kafka's Java client for ${vectors.length} keys: empty, short, long, not ASCII, random`, () => {
    expect(vectors.length).toBeGreaterThan(200);
    for (const { keyBase64, hash, partitions } of vectors) {
      const key = Buffer.from(keyBase64, 'base64');
      expect([keyBase64, murmur2(key)]).toEqual([keyBase64, hash]);
      for (const [count, partition] of Object.entries(partitions))
        expect([keyBase64, count, partitionForKey(key, Number(count))]).toEqual([keyBase64, count, partition]);
    }
  });
});
