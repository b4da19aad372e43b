import { committable } from '../model/held-partition.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const commitOnClose: ZooEntry = exhibit({
  id: 22,
  name: 'automatic commit on close with work in flight',
  seenIn: 'logstash-input-kafka #267, kafka-python #932',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'commits its position when it is closed',
    habits: { lastCommit: (held, why) => (why === 'stopping' ? held.position : committable(held)) },
  }),
  mended: modelSubject({ name: 'commits what was done' }),
  tries: 'members join and leave',
  trouble: 'rebalances',
  caughtWithin: 100,
  onKafka: true,
});
