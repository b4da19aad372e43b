import { runtimeSubject } from '../../runtime-subject.ts';
import { originalModule } from '../original-module.ts';
import type { ZooEntry } from '../zoo-entry.ts';
import { exhibit } from '../zoo-scenario.ts';

export const originalModuleEntry: ZooEntry = exhibit({
  id: 0,
  name: 'the original module: a skip is not retried and a later commit passes it; an error is taken for a skip; a tombstone is dropped',
  seenIn: 'the Rust module that this project descends from',
  invariant: 'commit-past-open',
  broken: originalModule,
  mended: runtimeSubject,
  tries: 'one member, skips and failures',
  trouble: 'steady',
  caughtWithin: 50,
  onKafka: true,
});
