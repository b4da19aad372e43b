import { withLateBatches } from '../hazards/late-batches.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

/** How long a batch is under way: long enough for a rebalance to overtake it. */
const TRANSIT_MS = 400;

export const staleBatch: ZooEntry = exhibit({
  id: 29,
  name: "a stale batch of the old assignment from a second broker enters the new epoch's ledger",
  seenIn: 'kafkajs 2.2.4 on Kafka 4.2.1',
  invariant: 'discontinuity',
  broken: modelSubject({ name: 'takes whatever batch comes under the current epoch', habits: { accepts: (held) => held !== null } }),
  mended: modelSubject({ name: 'drops what does not follow on from the position' }),
  tries: 'rebalances while a batch is under way, on a client that delivers it late',
  trouble: 'rebalances',
  hazard: (transport, member) => withLateBatches(transport, member.clock, TRANSIT_MS),
  caughtWithin: 500,
  onKafka: false,
});
