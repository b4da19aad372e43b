/** Which requests a fault meets; what is left out matches anything. */
export interface FaultTarget {
  readonly member?: string;
  readonly topic?: string;
  readonly partition?: number;
}

/**
 * One fault, as plain data. It counts as fired only when it changed a reply or an event.
 * `times` is how often it fires, 1 by default.
 */
export type Fault = FaultTarget & { readonly times?: number } & (
    | /** The coordinator refuses the commit with this Kafka error code and stores nothing. */ { readonly kind: 'commit-refused'; readonly code: string }
    | /** The commit never reaches the coordinator. */ { readonly kind: 'commit-request-lost' }
    | /** The coordinator stores the commit; its answer is lost. */ { readonly kind: 'commit-reply-lost' }
    | /** A fetch never reaches the leader. */ { readonly kind: 'fetch-request-lost' }
    | /** The leader's answer to a fetch is lost. */ { readonly kind: 'fetch-reply-lost' }
    | /** A heartbeat never reaches the coordinator; enough of them, and the member is evicted while it lives. Has no topic and no partition. */ { readonly kind: 'heartbeat-request-lost' }
    | /** A produce is refused with this Kafka error code. */ { readonly kind: 'produce-refused'; readonly code: string }
    | /** The records are written; the acknowledgement is lost. */ { readonly kind: 'produce-reply-lost' }
  );

export type FaultKind = Fault['kind'];
