/**
 * Everything that can go wrong, as plain data. What each kind tries and where it can be injected says `fault/catalogue.ts`.
 * A fault counts as fired only when it changed a reply or an event.
 */

/** Which requests, records or members a fault meets; what is left out matches anything. */
export interface FaultTarget {
  /** A member's name (any of its lives), or one life, such as `m1#2`. */
  readonly member?: string;
  readonly topic?: string;
  readonly partition?: number;
}

/** Kinds of requests that a fault can name. */
export type FaultApi =
  | 'Produce'
  | 'Fetch'
  | 'ListOffsets'
  | 'Metadata'
  | 'FindCoordinator'
  | 'JoinGroup'
  | 'SyncGroup'
  | 'Heartbeat'
  | 'LeaveGroup'
  | 'OffsetCommit'
  | 'OffsetFetch';

/** Where a fault of the cluster strikes; what is left out is the first that there is. */
interface FaultPlace {
  readonly topic: string;
  readonly partition: number;
}

/** Meets requests and replies on their way. */
export type RequestFault =
  | /** The coordinator refuses the commit with this Kafka error code and stores nothing. */ {
      readonly kind: 'commit-refused';
      readonly code: string;
    }
  | /** The commit never reaches the coordinator. */ { readonly kind: 'commit-request-lost' }
  | /** The coordinator stores the commit; its answer is lost. */ { readonly kind: 'commit-reply-lost' }
  | /** A fetch never reaches the leader. */ { readonly kind: 'fetch-request-lost' }
  | /** The leader's answer to a fetch is lost. */ { readonly kind: 'fetch-reply-lost' }
  | /** A heartbeat never reaches the coordinator; enough of them, and the member is evicted while it lives. Has no topic and no partition. */ {
      readonly kind: 'heartbeat-request-lost';
    }
  | /** A produce is refused with this Kafka error code. */ { readonly kind: 'produce-refused'; readonly code: string }
  | /** The records are written; the acknowledgement is lost. */ { readonly kind: 'produce-reply-lost' };

/** The same, of the simulated network only. */
export type NetworkFault =
  | /** Never arrives. */ { readonly kind: 'request-lost'; readonly api: FaultApi }
  | /** Done, and the answer is lost. */ { readonly kind: 'reply-lost'; readonly api: FaultApi }
  | /** Not done; answered with this Kafka error code. */ {
      readonly kind: 'request-refused';
      readonly api: FaultApi;
      readonly code: string;
    }
  | /** Arrives so much later; what follows on its connection waits behind it. */ {
      readonly kind: 'request-delayed';
      readonly api: FaultApi;
      readonly ms: number;
    }
  | { readonly kind: 'reply-delayed'; readonly api: FaultApi; readonly ms: number }
  | /** Arrives after a later request of the same member on another connection. */ {
      readonly kind: 'request-overtaken';
      readonly api: FaultApi;
    }
  | /** The connection breaks when the request arrives; `done`: after it was handled, so that only the answer is lost. */ {
      readonly kind: 'connection-cut';
      readonly api: FaultApi;
      readonly done?: boolean;
    }
  | /** The answer to a fetch ends inside a batch, which is of no use then. */ { readonly kind: 'fetch-partial' }
  | /** A fetch of an assignment that is over is answered after the member has rejoined over another connection, and its batch is handed over as one of the new assignment. */ {
      readonly kind: 'stale-batch';
    }
  | /** A produce arrives twice. */ { readonly kind: 'produce-duplicated' };

/** Befalls the cluster, at once or `afterEvents` events later. */
export type ClusterFault = { readonly afterEvents?: number } & (
  | /** Its connections break; after `downMs` it is back. */ {
      readonly kind: 'broker-restarted';
      readonly node: number;
      readonly downMs: number;
    }
  | /** Another broker coordinates the group, and loads it for `loadMs`. */ { readonly kind: 'coordinator-moved'; readonly loadMs: number }
  | /** The coordinator has been restarted in place and loads its groups for `ms`. */ {
      readonly kind: 'coordinator-loading';
      readonly ms: number;
    }
  | ({ readonly kind: 'leader-moved' } & FaultPlace)
  | /** A replica stays behind for `ms`: consumers see nothing new, producers wait. */ ({
      readonly kind: 'replica-lagging';
      readonly ms: number;
    } & FaultPlace)
  | /** The other replicas are away for `ms`: acks from all are refused. */ ({
      readonly kind: 'not-enough-replicas';
      readonly ms: number;
    } & FaultPlace)
  | /** The broker's disk takes and gives nothing for `ms`. */ { readonly kind: 'disk-full'; readonly node: number; readonly ms: number }
  | /** A replica that lacks the last `records` offsets becomes the leader. */ ({
      readonly kind: 'unclean-leader';
      readonly records: number;
    } & FaultPlace)
  | /** Retention leaves the last `keep` offsets, whoever has read them. */ ({
      readonly kind: 'records-removed';
      readonly keep: number;
    } & FaultPlace)
  | /** A transaction of another producer ends: its marker takes an offset that no consumer is handed. */ ({
      readonly kind: 'control-record';
    } & FaultPlace)
  | /** The group rebalances, as if a member had asked for it. */ { readonly kind: 'rebalance' }
  | /** Deleted, and made again after `goneMs`. */ { readonly kind: 'topic-recreated'; readonly topic: string; readonly goneMs: number }
  | /** The topic has `partitions` more. */ { readonly kind: 'partitions-added'; readonly topic: string; readonly partitions: number }
);

/** Befalls a member's process, at once or `afterEvents` events later. */
export type MemberFault = { readonly afterEvents?: number; readonly member: string } & (
  | /** It dies without a word. */ { readonly kind: 'member-crashed' }
  | /** It stands still for `ms` (garbage collection, a suspended machine): nothing runs, and nothing is answered. */ {
      readonly kind: 'member-paused';
      readonly ms: number;
    }
  | /** Its wall clock jumps forward by `ms`; its timers do not. */ { readonly kind: 'clock-jumped'; readonly ms: number }
);

/** Makes a handler call go wrong, before the handler itself is asked. */
export type HandlerFault =
  | /** It takes `ms` more. */ { readonly kind: 'handler-slow'; readonly ms: number }
  | /** It does not settle before the faults are over. */ { readonly kind: 'handler-hung' }
  | /** It throws. */ { readonly kind: 'handler-throws' }
  | /** Its promise rejects. */ { readonly kind: 'handler-rejects' }
  | /** It settles `ms` after its deadline; where it has none, after `ms`. */ { readonly kind: 'handler-late'; readonly ms: number }
  | /** The record's value cannot be decoded: every delivery of it is a Reject. */ { readonly kind: 'poison-record' };

/** One fault. `times` is how often it fires, 1 by default; faults of the cluster and of members strike once. */
export type Fault = FaultTarget & { readonly times?: number } & (RequestFault | NetworkFault | ClusterFault | MemberFault | HandlerFault);

export type FaultKind = Fault['kind'];
