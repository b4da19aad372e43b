import type { CommittedOffset, GroupDescription, TransportAdmin } from '../admin.ts';
import { KafkaError } from '../errors.ts';
import { showValue } from '../show-value.ts';
import type { PlannedOffset } from './plan-offset.ts';
import type { OffsetPlan } from './plan-offsets.ts';

const MOST_NAMED = 10;

/**
 * Does what a plan says, and reads back that it is stored. The offsets are stored without metadata. Where the plan changes
 * nothing, nothing is asked. Rejects, and has set nothing, with GROUP_NOT_EMPTY while the group has members, with
 * OFFSET_SKIPS_RECORDS where records would be passed over that the group never did (unless `allowSkip`), and with
 * OFFSET_PLAN_STALE where the group stands elsewhere than when the plan was made. What else it rejects with may have set
 * some of it: plan again to see.
 */
export async function applyOffsets(
  admin: TransportAdmin,
  plan: OffsetPlan,
  { allowSkip = false }: { readonly allowSkip?: boolean } = {},
): Promise<void> {
  const { groupId } = plan;
  const changes = plan.partitions.filter(({ change }) => change !== 'none');
  if (changes.length === 0) return;
  if (!allowSkip) refuseSkips(groupId, changes);
  refuseMembers(await admin.describeGroup(groupId));
  const topics = [...new Set(changes.map(({ topic }) => topic))];
  const before = await admin.committedOffsets(groupId, topics);
  const moved = changes.filter((change) => storedIn(before, change) !== change.committed);
  if (moved.length > 0) {
    throw new KafkaError(
      'OFFSET_PLAN_STALE',
      `The group "${groupId}" moved since this was planned (${naming(moved)}); nothing was set. Plan again.`,
    );
  }
  await admin.setCommittedOffsets(
    groupId,
    changes.map(({ topic, partition, newOffset }) => ({ topic, partition, offset: newOffset })),
  );
  const after = await admin.committedOffsets(groupId, topics);
  const wrong = changes.filter((change) => storedIn(after, change) !== change.newOffset);
  if (wrong.length > 0) {
    throw new KafkaError(
      'COMMIT_REFUSED',
      `The offsets of the group "${groupId}" were taken, and are not stored as set (${naming(wrong)}): does somebody else commit for it?`,
    );
  }
}

/** What `applyOffsets` would refuse a group with members by; null for one that is empty. */
export function membersRefusal({ groupId, state, members }: Pick<GroupDescription, 'groupId' | 'state' | 'members'>): KafkaError | null {
  if (state === 'Empty' || state === 'Dead') return null;
  const named = members.slice(0, MOST_NAMED).map(({ clientId, memberId, partitions }) => {
    const held = partitions.map(({ topic, partition }) => `${topic}/${partition}`).slice(0, MOST_NAMED);
    const more = partitions.length > MOST_NAMED ? ` and ${partitions.length - MOST_NAMED} more` : '';
    return `${showValue(clientId)} (${showValue(memberId)})${held.length === 0 ? '' : ` with ${held.join(', ')}${more}`}`;
  });
  if (members.length > MOST_NAMED) named.push(`and ${members.length - MOST_NAMED} more`);
  return new KafkaError(
    'GROUP_NOT_EMPTY',
    `The group "${groupId}" is in use (${state}), and the offsets of a group are set while it has no members. Stop ${members.length === 0 ? 'them' : `these first: ${named.join('; ')}`}. One that was killed counts until its session time-out. Nothing was set.`,
    { details: { members: members.map(({ memberId }) => memberId) } },
  );
}

function refuseMembers(group: GroupDescription): void {
  const refusal = membersRefusal(group);
  if (refusal !== null) throw refusal;
}

function refuseSkips(groupId: string, changes: readonly PlannedOffset[]): void {
  const skipping = changes.filter(({ breaksPromise }) => breaksPromise);
  if (skipping.length === 0) return;
  const count = skipping.reduce((sum, { passedOver }) => sum + passedOver, 0);
  throw new KafkaError(
    'OFFSET_SKIPS_RECORDS',
    `The group "${groupId}" would never get up to ${count} records that it has not done (${naming(skipping)}): the promise that no open record is passed over would be broken. That takes an explicit word, --allow-skip or { allowSkip: true }. Nothing was set.`,
    { details: { records: count, partitions: skipping.map(({ topic, partition }) => `${topic}/${partition}`) } },
  );
}

function storedIn(stored: readonly CommittedOffset[], { topic, partition }: PlannedOffset): number | null {
  return stored.find((each) => each.topic === topic && each.partition === partition)?.offset ?? null;
}

function naming(changes: readonly PlannedOffset[]): string {
  const names = changes.slice(0, MOST_NAMED).map(({ topic, partition }) => `${topic}/${partition}`);
  return `${names.join(', ')}${changes.length > MOST_NAMED ? ` and ${changes.length - MOST_NAMED} more` : ''}`;
}
