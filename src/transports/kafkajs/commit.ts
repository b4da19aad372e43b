import type { CommitResult, PartitionCommit } from '../../transport.ts';
import type { HeldPartitions, Membership } from './held-partitions.ts';
import type { ConnectionFacts } from './translate-error.ts';
import { translateError } from './translate-error.ts';
import { kafkaErrorCode } from './wire/error-codes.ts';
import type { CommitAnswer } from './wire/offset-commit.ts';
import { commitKey, offsetCommitRequest } from './wire/offset-commit.ts';
import { mayHaveBeenSent, sendRequest } from './wire/send-request.ts';

/**
 * One OffsetCommit with the member id and the generation of the epoch, one attempt. kafkajs's `commitOffsets` retries
 * inside, with the generation of that later moment: a lost commit of ours could overwrite the next owner's.
 */
export async function commitOffsets(
  groupId: string,
  held: HeldPartitions,
  offsets: readonly PartitionCommit[],
  facts: ConnectionFacts,
): Promise<readonly CommitResult[]> {
  const results = new Map<PartitionCommit, CommitResult>();
  const perMembership = new Map<Membership, PartitionCommit[]>();
  for (const offset of offsets) {
    const membership = held.current(offset)?.membership;
    if (membership === undefined)
      results.set(offset, { ...plain(offset), outcome: 'refused', code: 'ILLEGAL_GENERATION', retriable: false });
    else perMembership.set(membership, [...(perMembership.get(membership) ?? []), offset]);
  }
  await Promise.all(
    [...perMembership].map(async ([membership, mine]) => {
      for (const result of await send(groupId, membership, mine, facts)) results.set(result.commit, result.result);
    }),
  );
  return offsets.map((offset) => results.get(offset)!);
}

async function send(
  groupId: string,
  membership: Membership,
  offsets: readonly PartitionCommit[],
  facts: ConnectionFacts,
): Promise<readonly { commit: PartitionCommit; result: CommitResult }[]> {
  const { memberId, generation, coordinator } = membership;
  let answer: CommitAnswer;
  try {
    answer = await sendRequest(coordinator, offsetCommitRequest({ groupId, generation, memberId }, offsets));
  } catch (error) {
    // Never left this process: certainly not stored.
    if (!mayHaveBeenSent(error))
      return offsets.map((commit) => ({
        commit,
        result: { ...plain(commit), outcome: 'refused', code: 'COORDINATOR_NOT_AVAILABLE', retriable: true },
      }));
    const cause = translateError(error, `commit offsets of the group "${groupId}"`, 'PROTOCOL', facts);
    return offsets.map((commit) => ({ commit, result: { ...plain(commit), outcome: 'unknown', cause } }));
  }
  return offsets.map((commit) => ({ commit, result: resultOf(commit, answer.get(commitKey(commit.topic, commit.partition)), facts) }));
}

function resultOf(commit: PartitionCommit, errorCode: number | undefined, facts: ConnectionFacts): CommitResult {
  if (errorCode === undefined) {
    const cause = translateError(
      new Error('the answer does not name the partition'),
      `commit ${commit.topic}/${commit.partition}`,
      'PROTOCOL',
      facts,
    );
    return { ...plain(commit), outcome: 'unknown', cause };
  }
  const error = kafkaErrorCode(errorCode);
  if (error === null) return { ...plain(commit), outcome: 'acknowledged' };
  if (MAY_BE_STORED.has(error.name)) {
    const cause = translateError(
      Object.assign(new Error(error.name), { type: error.name }),
      `commit ${commit.topic}/${commit.partition}`,
      'PROTOCOL',
      facts,
    );
    return { ...plain(commit), outcome: 'unknown', cause };
  }
  return { ...plain(commit), outcome: 'refused', code: error.name, retriable: error.retriable };
}

/** Without what else a caller's object may carry. */
function plain({ topic, partition, epoch, offset, metadata }: PartitionCommit): PartitionCommit {
  return { topic, partition, epoch, offset, metadata };
}

/** The coordinator appends a commit to its log: a time-out there leaves it open whether the append becomes durable. */
const MAY_BE_STORED: ReadonlySet<string> = new Set([
  'REQUEST_TIMED_OUT',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'UNKNOWN_SERVER_ERROR',
  'NETWORK_EXCEPTION',
]);
