import { withEmptyCommitsWhileStopping } from '../hazards/commits-while-stopping.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const commitNeverSent: ZooEntry = exhibit({
  id: 31,
  name: 'a commit resolved while stopping was never sent',
  seenIn: 'kafkajs 2.2.4, on Kafka 4.2.1',
  invariant: 'untrue-observation',
  broken: modelSubject({ name: 'stops its client, and commits what is done meanwhile', habits: { commitsBeforeStop: false } }),
  mended: modelSubject({ name: 'commits, and then stops its client' }),
  hazard: (transport) => withEmptyCommitsWhileStopping(transport),
  tries: 'members join and leave, on a client that resolves commits while it stops',
  trouble: 'rebalances',
  caughtWithin: 200,
  onKafka: true,
});
