import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AbsentContender, Contender } from './contender.ts';
import { parallelConsumer } from './parallel-consumer.ts';
import { platformatic } from './platformatic.ts';
import { programCommand } from './program-command.ts';
import { ORDERINGS } from './task.ts';

/** As rows of the tables name them, and as the aims ask for them. */
export const OURS = 'kafka-rehearsal';
export const EACH_MESSAGE = 'kafkajs eachMessage';
export const EACH_BATCH = 'kafkajs eachBatch, a commit per batch';
export const TIMERS = "Node's timers alone, no Kafka";
export const PARALLEL_CONSUMER = 'parallel-consumer';

const PARTITIONS_AT_ONCE = 4;

/** Ours, and the peers that can be had here. */
export async function findContenders(): Promise<{
  readonly contenders: readonly Contender[];
  readonly absent: readonly AbsentContender[];
}> {
  const found: readonly (Contender | AbsentContender)[] = [
    { name: OURS, version: versionOf('package.json'), orderings: ORDERINGS, command: programCommand('ours.ts') },
    {
      name: TIMERS,
      version: process.version,
      orderings: ['partition', 'unordered'],
      only: 'work',
      command: programCommand('bare-timers.ts'),
    },
    ...ofKafkajs(),
    await platformatic(),
    ...[await parallelConsumer()].flat(),
  ];
  return {
    contenders: found.filter((each) => 'command' in each),
    absent: found.filter((each) => 'reason' in each),
  };
}

function ofKafkajs(): readonly Contender[] {
  const version = versionOf('node_modules/kafkajs/package.json');
  return [
    { name: EACH_BATCH, version, orderings: ['partition'], only: 'no-work', command: programCommand('kafkajs-each-batch.ts') },
    { name: EACH_MESSAGE, version, orderings: ['partition'], command: programCommand('kafkajs-each-message.ts') },
    {
      name: `${EACH_MESSAGE}, partitionsConsumedConcurrently`,
      version,
      orderings: ['partition'],
      needsPartitions: true,
      settings: { partitionsConsumedConcurrently: PARTITIONS_AT_ONCE },
      command: programCommand('kafkajs-each-message.ts'),
    },
  ];
}

function versionOf(manifest: string): string {
  return (JSON.parse(readFileSync(join(import.meta.dirname, '../..', manifest), 'utf8')) as { version: string }).version;
}
