/**
 * The history of one run, as its witnesses wrote it down: what the checker reads, and all that it reads. Events stand in
 * the order in which they were recorded; `at` is milliseconds of the venue's clock and only for people and time limits.
 *
 * Who says what:
 * - the world (`produced`, `member-…`, `…-by-hand`, `fault`, `calm`, `ended`): the runner, about what it did itself;
 * - the client boundary (`client-…`): a tap between the subject and its transport: what the subject was told and what it asked;
 * - the handler (`call-…`): written when the handler is entered and before it returns, so it survives a kill;
 * - the broker (`committed`, `logs`): offsets as the coordinator stores them and logs as an independent client reads them;
 * - the runtime (`observed`): its own word, which nothing but `untrue-observation` trusts.
 */
import type { Observation } from '../../src/observation.ts';
import type { Fault } from '../fault.ts';
import type { HandlerPromises, Ordering, ProcessPromises } from './promises.ts';

export interface Where {
  readonly topic: string;
  readonly partition: number;
}

/** What a handler did with one delivery: its action, or `failed` when it threw, rejected or answered nothing valid. */
export type CallOutcome = 'consume' | 'skip' | 'reject' | 'failed';

interface ClientPartition extends Where {
  readonly member: string;
  readonly epoch: number;
}

export type HistoryEvent = { readonly at: number } & (
  | ({ readonly kind: 'produced'; readonly offset: number; readonly key: string | null; readonly tombstone: boolean } & Where)
  /** Retention or delete-records: what stood below `offset` is gone. */
  | ({ readonly kind: 'log-start-moved'; readonly offset: number } & Where)
  /** The topic was made again, or an unclean leader lacks its end: offsets mean something else, and nothing more is judged of the partition. */
  | ({ readonly kind: 'log-replaced' } & Where)
  /** Somebody had this process pause a topic or one partition of it by hand, or go on, and it had taken that when this was written down. */
  | {
      readonly kind: 'paused-by-hand' | 'resumed-by-hand';
      readonly member: string;
      /** `partition` null: the whole topic. */
      readonly selection: { readonly topic: string; readonly partition: number | null };
    }
  /** Somebody is about to have this process go on with a lane that stands still for this record: try it again, or send it to the dead letters. */
  | ({
      readonly kind: 'decided-by-hand';
      readonly member: string;
      readonly offset: number;
      readonly decision: 'retry' | 'dead-letter';
      /** It stands still for a call with this record that hangs, and goes on beside it. */
      readonly besideCall?: true;
    } & Where)
  | { readonly kind: 'member-started' | 'member-stopping' | 'member-stopped' | 'member-crashed'; readonly member: string }
  /** Armed, unless `phase` says that it changed a reply or an event, or that what lasted a while has ended. */
  | { readonly kind: 'fault'; readonly fault: Fault; readonly phase?: 'felt' | 'over' }
  /** No faults from here on, and at least one member is up: everything must drain. */
  | { readonly kind: 'calm' }
  /**
   * The calm phase is over, members are stopped after it. `drained`: every record was done and committed within its budget;
   * else `note` may say what the runner knows about the reason.
   */
  | { readonly kind: 'ended'; readonly drained: boolean; readonly note: string | null }
  | ({
      readonly kind: 'client-assigned';
      readonly generation: number;
      readonly committedOffset: number | null;
      /** As it was stored with that offset; left out where there is none. */
      readonly committedMetadata?: string;
      /** Of the topic as it was then; left out where the client does not know. */
      readonly topicId?: string;
      readonly logStartOffset: number;
      readonly logEndOffset: number;
    } & ClientPartition)
  /** The epoch is over: told before (`revoked`, at the end of its grace), or after (`lost`). */
  | ({ readonly kind: 'client-revoked' | 'client-lost' } & ClientPartition)
  /** `graceMs`: how long the epoch still takes commits; 0 where it ends at once. */
  | ({ readonly kind: 'client-revoking'; readonly graceMs?: number } & ClientPartition)
  /** The subject stopped its consumer: all its epochs are over. */
  | { readonly kind: 'client-stopped'; readonly member: string }
  | ({ readonly kind: 'client-fetch-from'; readonly offset: number } & ClientPartition)
  | ({
      readonly kind: 'client-batch';
      readonly fetchedFrom: number;
      readonly nextOffset: number;
      readonly records: number;
      readonly accepted: boolean;
      /** As the leader told it with the batch; null or left out where the client does not say. */
      readonly lastStableOffset?: number | null;
      /** Of its offsets, each from `from` on until the next, as the log says it; below 0, or left out, where that is not known. */
      readonly leaderEpochs?: readonly { readonly from: number; readonly leaderEpoch: number }[];
    } & ClientPartition)
  /** `commit` is the same number in both; one number for each partition of a request. */
  | ({
      readonly kind: 'client-commit-sent';
      readonly commit: number;
      readonly offset: number;
      /** Left out where there is none. */
      readonly metadata?: string;
    } & ClientPartition)
  | ({
      readonly kind: 'client-commit-settled';
      readonly commit: number;
      readonly offset: number;
      readonly outcome: 'acknowledged' | 'refused' | 'unknown';
      readonly code: string | null;
    } & ClientPartition)
  /** What the subject itself writes. `produce` is the same number in both, one for each partition of a request. */
  | ({
      readonly kind: 'client-produce-sent';
      readonly produce: number;
      readonly member: string;
      readonly messages: readonly (string | null)[];
    } & Where)
  | ({
      readonly kind: 'client-produce-settled';
      readonly produce: number;
      readonly member: string;
      readonly messages: readonly (string | null)[];
      readonly outcome: 'acknowledged' | 'refused' | 'unknown';
      /** Of the first of `messages`, where it was acknowledged. */
      readonly baseOffset: number | null;
    } & Where)
  /**
   * `call` is the same number in both. A call of a process that was killed never ends. Records that were handed over together
   * have one each, and one `batch`.
   */
  | ({
      readonly kind: 'call-started';
      readonly call: number;
      readonly member: string;
      readonly offset: number;
      readonly attempt: number;
      /** A number that no call has. */
      readonly batch?: number;
    } & Where)
  | ({
      readonly kind: 'call-ended';
      readonly call: number;
      readonly member: string;
      readonly offset: number;
      readonly attempt: number;
      readonly outcome: CallOutcome;
      readonly reason: string | null;
      /** It failed in a way that by the handler's options no further attempt can mend. */
      readonly final?: true;
      /** What a Skip asked for; left out where it leaves that to the handler's back-off. */
      readonly retryAfterMs?: number;
    } & Where)
  /** A handler changed the world outside of Kafka: what a scenario of a user's calls an effect. For people; nothing is judged by it. */
  | ({ readonly kind: 'effect'; readonly member: string; readonly name: string; readonly offset: number } & Where)
  /** As the coordinator stores it; `askedAfter` is how many events had been recorded when the question was sent. At each change, and after each settled commit. */
  | ({ readonly kind: 'committed'; readonly offset: number | null; readonly askedAfter: number } & Where)
  | { readonly kind: 'observed'; readonly observation: Observation }
);

/** One event of one kind. */
export type EventOf<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { readonly kind: Kind }>;

/** What stands in a partition at the end, read by an independent client. */
export interface LoggedPartition extends Where {
  readonly offsets: readonly number[];
  /** Key and value of each, in the same order, as `contentOf` writes them; left out where nobody compares them. */
  readonly contents?: readonly string[];
}

/** What stands at the end in a partition that the subject itself writes to. */
export interface WrittenPartition extends Where {
  /** Each message by the name that its writer gave it, see `messageOf`; null for one without a name. In offset order. */
  readonly messages: readonly {
    readonly offset: number;
    readonly message: string | null;
    /** Key and value, as in `LoggedPartition.contents`. */
    readonly content?: string;
    /** It only points to its record, whose value was too large. */
    readonly pointer?: true;
  }[];
  /** Records below it are gone. */
  readonly logStartOffset: number;
}

export interface HistorySettings {
  /** What the subject promises about order; `unordered` for one that promises nothing. */
  readonly ordering: Ordering;
  readonly offsetReset: 'earliest' | 'latest';
  /** Milliseconds within which a record that is done must be committed, while its owner stays and no commit fails. */
  readonly commitLagMs: number;
  /** Where a rejected record goes before it is committed; left out or null where nobody promised that. */
  readonly deadLetterTopic?: string | null;
  /** Whether the subject reports observations; a consumer written on the bare contract does not. */
  readonly observes: boolean;
  /** Whether every decision on a halted lane is told, so that the subject makes none by itself. Default false: nobody knows. */
  readonly tellsDecisions?: boolean;
  /** What handlers promise by their options, where that differs from the above or goes beyond it. Each topic stands in one. */
  readonly handlers?: readonly HandlerPromises[];
  /** What each process promises over all of its handlers. */
  readonly process?: ProcessPromises;
  /** How far the times of events may be off, in milliseconds: 0 in virtual time. Default 0. */
  readonly clockSlackMs?: number;
}

export interface History {
  readonly settings: HistorySettings;
  readonly events: readonly HistoryEvent[];
  readonly logs: readonly LoggedPartition[];
  /** Topics that the subject itself writes to; left out where there are none. */
  readonly written?: readonly WrittenPartition[];
}
