import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const staleCompletion: ZooEntry = exhibit({
  id: 9,
  name: 'a stale completion from an old assignment hides a new delivery',
  seenIn: 'parallel-consumer PR #909, spring-kafka #4687',
  invariant: 'commit-past-open',
  broken: modelSubject({
    name: 'enters an answer in the books of whatever assignment there is',
    habits: { booksOf: (_held, current) => current },
  }),
  mended: modelSubject({ name: 'drops answers of an assignment that is over' }),
  tries: 'members join and leave, slow calls',
  trouble: 'rebalances',
  caughtWithin: 500,
  onKafka: false,
});
