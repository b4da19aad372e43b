import type { CommittedOffset, TransportAdmin } from '../../src/admin.ts';
import type { ConformanceContext } from './conformance-case.ts';

/** What the coordinator stores for a topic, by partition: the contract promises no order. Default: asked of the venue. */
export async function storedOffsets(
  { venue, settle, groupId }: ConformanceContext,
  topic: string,
  admin: TransportAdmin = venue.admin,
): Promise<readonly CommittedOffset[]> {
  const offsets = await settle(admin.committedOffsets(groupId, [topic]), 'committedOffsets');
  return [...offsets].sort((a, b) => a.partition - b.partition);
}
