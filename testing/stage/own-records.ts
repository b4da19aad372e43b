import type { TopicPartition } from '../../src/transport.ts';

interface Range {
  readonly from: number;
  to: number;
}

/** Which records the stage itself wrote, as ranges of offsets. */
export class OwnRecords {
  readonly #ranges = new Map<string, Range[]>();

  add(topic: string, partition: number, baseOffset: number, count: number): void {
    const key = `${topic}/${partition}`;
    const ranges = this.#ranges.get(key) ?? [];
    this.#ranges.set(key, ranges);
    const last = ranges.at(-1);
    if (last !== undefined && last.to === baseOffset) last.to += count;
    else ranges.push({ from: baseOffset, to: baseOffset + count });
  }

  has({ topic, partition, offset }: TopicPartition & { readonly offset: number }): boolean {
    return (this.#ranges.get(`${topic}/${partition}`) ?? []).some(({ from, to }) => from <= offset && offset < to);
  }
}
