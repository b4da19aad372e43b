import type { EventOf, History } from './history.ts';

/** Every offset that a history speaks of, by topic and partition, with what is known of its writing. */
export function offsetsOfHistory(history: History): Map<string, Map<number, Map<number, EventOf<'produced'> | null>>> {
  const topics = new Map<string, Map<number, Map<number, EventOf<'produced'> | null>>>();
  let lastTopic = '';
  let lastPartition = -1;
  let lastOffsets = new Map<number, EventOf<'produced'> | null>();
  const offsetsOf = (topic: string, partition: number): Map<number, EventOf<'produced'> | null> => {
    // What is said of a record is mostly said several times in a row.
    if (partition === lastPartition && topic === lastTopic) return lastOffsets;
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = new Map()));
    let offsets = partitions.get(partition);
    if (offsets === undefined) partitions.set(partition, (offsets = new Map()));
    lastTopic = topic;
    lastPartition = partition;
    lastOffsets = offsets;
    return offsets;
  };
  // Of a log that was replaced only what it was before is judged: the same offset may have been another record, or none.
  const replaced = new Set<string>();
  for (const event of history.events) {
    if (event.kind === 'log-replaced') replaced.add(`${event.topic}-${event.partition}`);
    if ('topic' in event && replaced.has(`${event.topic}-${event.partition}`)) offsetsOf(event.topic, event.partition);
    else if (event.kind === 'produced') offsetsOf(event.topic, event.partition).set(event.offset, event);
    else if (event.kind === 'call-started') {
      const offsets = offsetsOf(event.topic, event.partition);
      if (!offsets.has(event.offset)) offsets.set(event.offset, null);
    } else if ('topic' in event) offsetsOf(event.topic, event.partition);
  }
  for (const log of history.logs) {
    const offsets = offsetsOf(log.topic, log.partition);
    if (replaced.has(`${log.topic}-${log.partition}`)) continue;
    for (const offset of log.offsets) if (!offsets.has(offset)) offsets.set(offset, null);
  }
  return topics;
}
