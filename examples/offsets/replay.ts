import { applyOffsets, planOffsets, readGroupOffsets } from 'kafka-rehearsal';
import type { GroupOffsets, OffsetPlan, TransportAdmin } from 'kafka-rehearsal';

export interface Replay {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  /** The group gets again what was written since then (milliseconds since the epoch). */
  readonly sinceMs: number;
  /** Without it nothing is changed. */
  readonly execute: boolean;
}

/**
 * Sets a stopped group back in one partition, so that it gets the last records there once more. Says where the group stands, and
 * what would be delivered again; does it only when it is told to. Rejects with GROUP_NOT_EMPTY while the group has members.
 */
export async function replay(
  admin: TransportAdmin,
  { groupId, topic, partition, sinceMs, execute }: Replay,
  say: (line: string) => void,
): Promise<OffsetPlan> {
  for (const line of standing(await readGroupOffsets(admin, { groupId, topics: [topic] }))) say(line);

  // A plan changes nothing, and says what setting the offsets would do.
  const plan = await planOffsets(admin, { groupId, topics: [topic], partitions: [partition], to: { timestampMs: sinceMs } });
  const [planned] = plan.partitions;
  if (planned?.change !== 'back') {
    // Setting it forward would pass over records that nobody has done; `applyOffsets` would refuse that too.
    say(`Nothing to replay: the group has done nothing of ${topic}/${partition} since ${new Date(sinceMs).toISOString()}.`);
    return plan;
  }
  say(`${topic}/${partition}: back from ${planned.committed} to ${planned.newOffset}, up to ${planned.deliveredAgain} records again.`);
  if (planned.dropsMetadata) say('What is done above the committed offset is forgotten with it, and comes again too.');
  if (!execute) {
    say('This was a dry run, and nothing was changed. The same with --execute does it.');
    return plan;
  }
  // Refuses where the group has members, or has moved since the plan was made.
  await applyOffsets(admin, plan);
  say('Done. Start the consumers again.');
  return plan;
}

function standing({ groupId, state, members, partitions }: GroupOffsets): readonly string[] {
  return [
    `Group ${groupId}: ${state}, members: ${members.length}`,
    ...partitions.map(
      (each) =>
        `  ${each.topic}/${each.partition}: committed ${each.committed ?? 'nothing'} of ${each.logEndOffset}, lag ${each.lag ?? 'unknown'}`,
    ),
  ];
}
