import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

/** Kafka's names for the start of the log, in a request for offsets. */
const EARLIEST = -2;

export const negativeOffset: ZooEntry = exhibit({
  id: 33,
  name: 'out of range stores −1 or −2 as the offset',
  seenIn: 'kafkajs 2.2.4, on Kafka 4.2.1',
  invariant: 'commit-regression',
  broken: modelSubject({
    name: 'commits where it wants to go on, before it knows where that is',
    habits: {
      outOfRange: ({ logStartOffset }, held, tools) => {
        tools.send(held, EARLIEST);
        return logStartOffset;
      },
    },
  }),
  mended: modelSubject({ name: 'asks where the log starts, and commits what was done' }),
  tries: 'retention overtakes a consumer that is slow or away',
  trouble: 'crashes',
  shape: { faults: ['records-removed'] },
  caughtWithin: 500,
  onKafka: false,
});
