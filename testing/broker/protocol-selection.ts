/**
 * Which of the members' protocols a group uses: one that all support, by majority of first preferences.
 * Source: ClassicGroup.selectProtocol and candidateProtocols.
 */
import type { GroupMember, MemberProtocols } from './group-member.ts';
import { javaHashCode } from './java-hash.ts';

/** Whether any of the protocols is one that all members support. */
export function supportsAny(members: Iterable<GroupMember>, protocols: MemberProtocols): boolean {
  const all = [...members];
  return protocols.some(({ name }) => all.every((member) => supports(member, name)));
}

/** Null when there is none in common, which joining prevents. */
export function selectProtocol(members: Iterable<GroupMember>): string | null {
  const all = [...members];
  const votes = new Map<string, number>();
  for (const member of all) {
    const vote = member.protocols.find(({ name }) => all.every((other) => supports(other, name)));
    if (vote !== undefined) votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1);
  }
  let winner: string | null = null;
  let most = 0;
  for (const [name, count] of [...votes].sort(([left], [right]) => bucketOf(left) - bucketOf(right))) {
    if (count > most) [winner, most] = [name, count];
  }
  return winner;
}

function supports(member: GroupMember, name: string): boolean {
  return member.protocols.some((protocol) => protocol.name === name);
}

/** A tie goes to the name that comes first in Java's HashMap of 16 buckets, which holds up to 12 names. */
function bucketOf(name: string): number {
  const hash = javaHashCode(name);
  return (hash ^ (hash >>> 16)) & 15;
}
