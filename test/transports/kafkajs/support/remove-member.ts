import { systemClock } from '../../../../src/system-clock.ts';
import { makeClient } from '../../../../src/transports/kafkajs/client-options.ts';
import { openCluster } from '../../../../src/transports/kafkajs/kafkajs-internals.ts';

/** Takes a member out of its group behind its back, as an operator can. */
export async function removeMember({ brokers }: { readonly brokers: readonly string[] }, groupId: string, memberId: string): Promise<void> {
  const { cluster } = openCluster(
    makeClient({ brokers }, 5_000, null, () => false),
    30_000,
    systemClock,
  );
  await cluster.connect();
  await cluster.refreshMetadata();
  await (await cluster.findGroupCoordinator({ groupId })).leaveGroup({ groupId, memberId });
  await cluster.disconnect();
}
