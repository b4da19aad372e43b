import { deadLetters, DeadLetters } from '../model/dead-letters.ts';
import { modelSubject } from '../model/model-consumer.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { DEAD_LETTERS, exhibit } from '../zoo-scenario.ts';

/** A duplicate after a crash is allowed, and the twin's are counted; one that nothing explains is not. */
export const letterPerCommit: ZooEntry = exhibit({
  id: 20,
  name: 'dead letter published, then the commit does not succeed: duplicate (allowed after a crash, must be counted)',
  seenIn: 'kstream #23, spring-cloud-stream-binder-kafka #870',
  invariant: 'duplicate',
  broken: modelSubject({
    name: 'writes the dead letters again with each try of the commit',
    habits: (_member, letters) => ({
      believes: (result) => {
        const written = letters instanceof DeadLetters ? letters.written : [];
        const passed = written.filter(({ partition, offset }) => partition === result.partition && offset < result.offset);
        if (result.outcome === 'refused') for (const record of passed) void (letters as DeadLetters).write(record);
        return result.outcome === 'acknowledged';
      },
    }),
    rejects: deadLetters(),
  }),
  mended: modelSubject({ name: 'writes a dead letter once, and tries the commit again', rejects: deadLetters() }),
  tries: 'commits are refused, members die',
  trouble: 'commit-failures',
  shape: { crashes: true },
  deadLetters: DEAD_LETTERS,
  caughtWithin: 300,
  onKafka: true,
});
