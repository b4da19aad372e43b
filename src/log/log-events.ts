/** A line that the runtime writes: its level, the fields that it may have besides `event`, and what it means. */
export interface LogEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: readonly string[];
  /** Lines that are alike are written as one every ten seconds. */
  readonly isFolded: boolean;
  readonly meaning: string;
}

type Event<Names extends readonly string[]> = LogEvent & { readonly fields: Names };

function single<const Names extends readonly string[]>(level: LogEvent['level'], fields: Names, meaning: string): Event<Names> {
  return { level, fields, isFolded: false, meaning };
}

function folded<const Names extends readonly string[]>(level: LogEvent['level'], fields: Names, meaning: string): Event<Names> {
  return { level, fields, isFolded: true, meaning };
}

const RECORD = ['topic', 'partition', 'offset', 'attempt'] as const;

/** Every line of the runtime, by what its field `event` says. Names and fields stay as they are; levels and words may change. */
export const LOG_EVENTS = {
  // The manager's life
  'configuration-warning': single('warn', [], 'Something in the configuration is allowed, and unwise.'),
  'kafka-disabled': single('info', [], 'KAFKA_ENABLED is not true: nothing is consumed or produced.'),
  'manager-started': single('info', ['topics', 'brokers'], 'The group is joined, the producer is ready.'),
  'manager-failed': single('error', ['code', 'err'], 'The manager could not start, or cannot go on.'),
  'signal-received': single('info', ['signal'], 'It stops; at a second signal, at once.'),
  'producer-close-failed': single('warn', ['err'], 'What was still to be sent may not have been.'),
  'transport-close-failed': single('warn', ['err'], 'The stop goes on without it.'),
  // The consumer's life
  'start-retried': folded(
    'warn',
    ['err'],
    'The cluster could not be asked for topics and offsets; it is asked again until the start times out.',
  ),
  'consumer-failed': single('error', ['code', 'err'], 'The consumer cannot go on: the process should end and be started anew.'),
  'consumer-stopped': single('info', [], 'Stopped, and nothing was open.'),
  'records-left-open': single('warn', ['open'], 'Stopped with open records, by partition; they are delivered again later.'),
  'client-stop-failed': single('warn', ['err'], 'The client could not leave the group; the group notices by the session time-out.'),
  'observer-failed': single('error', ['err', 'kind'], 'An observer threw. Further errors of it are not logged.'),
  'consumer-warning': folded(
    'warn',
    ['code', 'err'],
    'Something failed that the consumer goes on from, or weakens what it promises; `code` and the message say what.',
  ),
  // The group and its partitions
  'group-joined': single(
    'info',
    ['memberId', 'generation', 'partitions'],
    'A rebalance is over; `partitions` are those that came with it.',
  ),
  'partition-assigned': single(
    'info',
    ['topic', 'partition', 'epoch', 'offset', 'reason'],
    'It is read from `offset` on, and why from there.',
  ),
  'partition-revoked': single('info', ['topic', 'partition', 'epoch'], 'Given back; what was done is committed.'),
  'partition-lost': single(
    'warn',
    ['topic', 'partition', 'epoch', 'err'],
    'Taken away without a word before; what was not committed is delivered again.',
  ),
  'partition-halted': single('error', ['topic', 'partition', 'code', 'err'], 'Nothing of it is delivered until somebody decides.'),
  'partition-resumed': single('warn', ['topic', 'partition'], 'Somebody decided that a halted partition goes on.'),
  'paused-by-hand': single('info', ['selection'], 'Somebody paused these topics or partitions.'),
  'resumed-by-hand': single('info', ['selection'], 'Somebody ended such a pause.'),
  'ledger-ignored': single(
    'info',
    ['topic', 'partition', 'reason'],
    'The metadata of the commit holds no ledger that can be believed, or (`overwritten`) part of it is of records that an unclean leader wrote over; what stands there is delivered.',
  ),
  'records-removed': single(
    'warn',
    ['topic', 'partition', 'from', 'to'],
    'Retention or a deletion took these offsets before they were delivered.',
  ),
  'retention-near': single(
    'warn',
    ['topic', 'partition', 'offset', 'headroomMs'],
    'Retention may soon take the oldest open record, which is lost then if this process ends.',
  ),
  'lag-unknown': single(
    'warn',
    ['err'],
    'The log ends or the retention of topics could not be asked for; it is tried again, and said once.',
  ),
  'commit-not-acknowledged': folded('warn', ['topic', 'partition', 'outcome', 'code'], 'It is tried again while the partition is ours.'),
  // Records
  'handler-failed': folded(
    'error',
    [...RECORD, 'failures', 'err'],
    'It threw, rejected, answered nothing valid or passed its deadline; written for failure 1, 10, 100 ... of a record.',
  ),
  'record-skipped': folded(
    'warn',
    [...RECORD, 'skips', 'reason'],
    'It is delivered again and again, and its lane waits; written for Skip 10, 100, 1,000 ... of a record.',
  ),
  'call-overtaken': folded(
    'error',
    [...RECORD, 'records', 'overdueMs'],
    'A call runs on long after its deadline, and its lane goes on beside it, as the handler asks for. Otherwise the lane is halted.',
  ),
  'record-recovered': folded('info', [...RECORD, 'failures'], 'A record that had failed is consumed.'),
  'record-rejected': folded('warn', [...RECORD, 'reason', 'err'], 'It is never delivered again.'),
  'record-exhausted': folded(
    'error',
    [...RECORD, 'failures', 'skips', 'reason'],
    'The limit of its retry policy is reached, and it is delivered on at the longest back-off.',
  ),
  'lane-halted': folded('error', [...RECORD, 'records', 'code', 'err'], 'Nothing of the lane is delivered until somebody decides.'),
  'lane-resumed': folded(
    'warn',
    [...RECORD, 'records', 'by'],
    'A halted lane goes on: by a retry, a dead letter, or because the call that hung has ended.',
  ),
  'dead-letter-failed': folded(
    'warn',
    [...RECORD, 'target', 'code', 'err'],
    'Not acknowledged; the record stays open and it is sent again.',
  ),
  // The client
  'client-warning': folded('warn', ['client'], "A line of the Kafka client's own, from its level WARN on."),
  'client-message': single('debug', ['client'], "A line of the Kafka client's own, below that."),
} as const satisfies Readonly<Record<string, LogEvent>>;

export type LogEventName = keyof typeof LOG_EVENTS;

/** What a line of this event may say besides its message. */
export type LogFields<Name extends LogEventName> = Readonly<Partial<Record<(typeof LOG_EVENTS)[Name]['fields'][number], unknown>>>;
