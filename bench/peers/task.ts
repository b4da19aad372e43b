/** What orders a contender keeps: the handler's ordering modes by our name. */
export type PeerOrdering = 'partition' | 'key' | 'unordered';
export const ORDERINGS: readonly PeerOrdering[] = ['partition', 'key', 'unordered'];

/** What a contender is told, as JSON in its last argument. */
export interface PeerTask {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  /** In the topic, all partitions together; the contender has handled everything when it has seen as many. */
  readonly records: number;
  readonly partitions: number;
  readonly ordering: PeerOrdering;
  /** Handler calls at once, where the contender can do that. */
  readonly concurrency: number;
  /** Each record's own milliseconds of waiting, see `records.ts`; else a handler does nothing. */
  readonly work: boolean;
  /** What else one contender is told, such as its commit interval. */
  readonly settings: Readonly<Record<string, number | string | boolean>>;
}

/** What a contender prints, one line of JSON each; times are milliseconds since the epoch. It then stays until it is killed, or its
 * standard input ends: nobody is left who would kill it. */
export type PeerEvent =
  | { readonly event: 'first'; readonly at: number }
  | { readonly event: 'last'; readonly at: number; readonly calls: number; readonly distinct: number };
