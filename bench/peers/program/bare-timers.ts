/** The same work by Node's timers alone, without any Kafka: what nobody who runs on Node can undercut on this machine. */
import { setTimeout as delay } from 'node:timers/promises';
import { workByPartition } from '../records.ts';
import type { PeerTask } from '../task.ts';

const { records, partitions, ordering, concurrency } = JSON.parse(process.argv.at(-1) ?? '') as PeerTask;
const lanes = workByPartition(records, partitions);
// Without an order any worker may take what is next.
const shared = lanes.flat();
const queues = ordering === 'partition' ? lanes : Array.from({ length: concurrency }, () => shared);

async function work(queue: number[]): Promise<void> {
  for (let workMs = queue.shift(); workMs !== undefined; workMs = queue.shift()) if (workMs > 0) await delay(workMs);
}

const beganAt = performance.now();
await Promise.all(queues.map((queue) => work(queue as number[])));
console.log(JSON.stringify({ seconds: (performance.now() - beganAt) / 1000 }));
