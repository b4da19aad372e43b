/** Trouble that befalls the cluster itself, as plain data: what a fault of a scenario does to the broker core. */
import type { NodeId } from './protocol.ts';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

export type Disturbance =
  /** Its partitions get another leader where a replica is in sync, its groups another coordinator. Never the last broker that is up. */
  | { readonly kind: 'broker-stopped'; readonly nodeId: NodeId }
  | { readonly kind: 'broker-started'; readonly nodeId: NodeId }
  /** The next broker reads the group from the offsets topic; for `loadMs` it answers COORDINATOR_LOAD_IN_PROGRESS. */
  | { readonly kind: 'coordinator-moved'; readonly groupId: string; readonly loadMs: number }
  /** The coordinators have been restarted in place. */
  | { readonly kind: 'coordinator-loading'; readonly ms: number }
  /** To another in-sync replica, with all that was acknowledged. */
  | ({ readonly kind: 'leader-moved' } & Place)
  /** An in-sync replica stops fetching: the high watermark stays where it is for `ms`. */
  | ({ readonly kind: 'replica-lagging'; readonly ms: number } & Place)
  /** The other replicas are out of the in-sync set for `ms`. */
  | ({ readonly kind: 'replicas-lost'; readonly ms: number } & Place)
  /** Its disk takes nothing and gives nothing for `ms`. */
  | { readonly kind: 'disk-failed'; readonly nodeId: NodeId; readonly ms: number }
  /** A replica that lacks the last `records` offsets becomes the leader: what was acknowledged there is lost. */
  | ({ readonly kind: 'unclean-leader'; readonly records: number } & Place)
  /** Retention leaves the last `keep` offsets. */
  | ({ readonly kind: 'records-removed'; readonly keep: number } & Place)
  /** A transaction of another producer ends: its marker takes an offset that no consumer is handed. */
  | ({ readonly kind: 'control-record' } & Place)
  /** As if a member had asked for it. */
  | { readonly kind: 'rebalance'; readonly groupId: string };
