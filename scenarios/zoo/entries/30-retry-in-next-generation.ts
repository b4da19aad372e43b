import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

/** A model of kafkajs's `commitOffsets`: it retries inside, and reads the generation anew on each try. */
export const retryInNextGeneration: ZooEntry = exhibit({
  id: 30,
  name: 'a hidden commit retry goes out with the next generation and puts the new owner back',
  seenIn: 'kafkajs 2.2.4 commitOffsets, on Kafka 4.2.1',
  invariant: 'commit-regression',
  broken: modelSubject({
    name: 'sends a commit without an answer again, in whatever generation there is',
    habits: () => {
      const unanswered = new Map<string, number>();
      return {
        believes: (result) => {
          const name = `${result.topic}-${result.partition}`;
          if (result.outcome === 'unknown') unanswered.set(name, result.offset);
          else if (result.outcome === 'acknowledged') unanswered.delete(name);
          return result.outcome === 'acknowledged';
        },
        assigned: (held, tools) => {
          const offset = unanswered.get(held.name);
          unanswered.delete(held.name);
          if (offset !== undefined) tools.send(held, offset);
        },
      };
    },
  }),
  mended: modelSubject({ name: 'forgets a commit with its assignment' }),
  tries: 'commits are lost while members join and leave',
  trouble: 'commit-failures',
  shape: { otherMembers: ['b', 'c'], faults: ['commit-request-lost', 'commit-reply-lost'] },
  caughtWithin: 2_000,
  onKafka: false,
});
