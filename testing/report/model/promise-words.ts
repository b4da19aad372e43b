/** What a broken promise is called where there is room for a line, what the rule was, and what it costs. */
export interface PromiseWords {
  /** What happened, as a headline. */
  readonly headline: string;
  /** The rule, as it must hold. */
  readonly rule: string;
  /** In two or three words, what the user is in for. */
  readonly cost: string;
  /** What that means in production. */
  readonly consequence: string;
}

const WORDS: Readonly<Partial<Record<string, PromiseWords>>> = {
  'commit-past-open': {
    headline: 'A commit passed a record that was not done',
    rule: 'An offset may be committed only when every record before it is done: consumed, or rejected for good.',
    cost: 'Lost records',
    consequence:
      'From that commit on, until the record is done, a restart, a deploy or a crash loses it: the group goes on at the committed offset, and what lies before is never delivered again. That time is as long as the retry delay, and with every retry that is needed it grows; what is never done is lost at the next restart, whenever that is.',
  },
  'lost-write': {
    headline: 'An acknowledged record is not in the log',
    rule: 'A record whose producer was told that it is written stands in the log.',
    cost: 'Lost records',
    consequence: 'The producer believes that the record is safe. It is not there, and nobody will notice.',
  },
  unseen: {
    headline: 'A record was never handled',
    rule: 'Every record that was written is handled in the end.',
    cost: 'Lost records',
    consequence: 'The group has moved past the record, so no member will ever be given it again.',
  },
  discontinuity: {
    headline: 'A stale batch was taken for a fresh one',
    rule: 'A batch is accepted only if it was fetched from exactly where the consumer stands.',
    cost: 'Lost records',
    consequence: 'The records in between are in nobody’s books: the next commit passes them, and they are lost.',
  },
  'stale-effect': {
    headline: 'A member worked on a partition that was no longer its own',
    rule: 'When an assignment ends, nothing of it takes effect any more: no late commit, no late answer, no late delivery.',
    cost: 'Lost records',
    consequence: 'Another member may be at work there by now, and its progress can be overwritten.',
  },
  'wrong-start': {
    headline: 'A member started at the wrong record',
    rule: 'An assignment goes on exactly where the group has stored its offset.',
    cost: 'Lost records',
    consequence: 'Records in between are jumped over, or handled a second time.',
  },
  'commit-regression': {
    headline: 'The committed offset went backward',
    rule: 'Within an assignment the committed offset only rises.',
    cost: 'Work done twice',
    consequence: 'After a restart, records that were done already are handled again.',
  },
  'redelivered-terminal': {
    headline: 'A finished record was handed out again',
    rule: 'What was consumed or rejected does not come again while its assignment lasts.',
    cost: 'Work done twice',
    consequence: 'The handler does the same work twice, with no crash or rebalance to excuse it.',
  },
  'unbounded-redelivery': {
    headline: 'A record came twice without a reason',
    rule: 'A duplicate has a cause: a crash, a rebalance, a lost acknowledgement.',
    cost: 'Work done twice',
    consequence: 'Work that Kafka had acknowledged as committed is done again.',
  },
  'order-violation': {
    headline: 'A record overtook an earlier one',
    rule: 'Nothing overtakes a skipped or failed record of its lane.',
    cost: 'Wrong order',
    consequence: 'A later change is applied before an earlier one: the state that comes of it can be wrong for good.',
  },
  overlap: {
    headline: 'Two calls ran at once where one was promised',
    rule: 'The handler is not called while an earlier call of the same lane still runs.',
    cost: 'Wrong order',
    consequence: 'Two calls work on the same data at the same time, which the handler was told cannot happen.',
  },
  'untrue-observation': {
    headline: 'The runtime reported something that did not happen',
    rule: 'What the runtime reports is what the handlers did and what the broker stores.',
    cost: 'False reports',
    consequence: 'Metrics, logs and alerts are built on these reports: they would be wrong.',
  },
  'commit-lag': {
    headline: 'Finished work was not committed in time',
    rule: 'What is done is committed soon, as long as the partition stays with its owner and no commit fails.',
    cost: 'Work done twice',
    consequence: 'After a restart all of that work is done again.',
  },
  stuck: {
    headline: 'Work stopped and did not go on',
    rule: 'Once no more faults are injected, everything gets done and committed: no record stays behind.',
    cost: 'Standstill',
    consequence: 'The partition does not move until somebody steps in.',
  },
  'lost-reject': {
    headline: 'A rejected record was committed without its dead letter',
    rule: 'A rejected record is committed only when its dead letter stands in the dead-letter topic.',
    cost: 'Lost records',
    consequence: 'The record counts as dealt with, and nobody can look at it or repair it any more.',
  },
  'false-ledger': {
    headline: 'A commit claimed a record that was not done',
    rule: 'What the metadata of a commit says is done beyond its offset is done, in that assignment or an earlier one.',
    cost: 'Lost records',
    consequence:
      'Whoever is assigned the partition next believes the commit, and never delivers the record: it is lost without a trace, although the committed offset does not even pass it.',
  },
  'false-letter': {
    headline: 'A dead letter did not tell the truth',
    rule: 'A dead letter is of a record that was rejected, in the topic that was named for it, with key and value as they came.',
    cost: 'False data',
    consequence: 'Whoever repairs or replays by the dead letters repairs the wrong thing, or acts on a record that was handled well.',
  },
  'halted-delivery': {
    headline: 'A halted lane went on by itself',
    rule: 'What stands still until somebody decides delivers nothing before that.',
    cost: 'Wrong order',
    consequence:
      'The records behind the one in question are handled before it, and whoever is to decide decides about a past that is over.',
  },
  'paused-delivery': {
    headline: 'A paused partition went on',
    rule: 'What somebody has paused by hand delivers nothing in that process, through every rebalance, until somebody resumes it.',
    cost: 'Work at the wrong time',
    consequence: 'Whoever paused it did so for a reason, such as a database that is being moved: the handler works against it.',
  },
  'batch-answer': {
    headline: 'A record of a batch was not answered once',
    rule: 'Every record of a batch gets exactly one answer, its own, and no batch is larger than was asked for.',
    cost: 'Lost records',
    consequence: 'One answer is counted for another record, or for two: what was refused counts as done, or what was done comes again.',
  },
  'retry-limit': {
    headline: 'A record was tried again after its last attempt',
    rule: 'A record whose attempts or skips are used up is not handed to its handler again in that assignment.',
    cost: 'Too many attempts',
    consequence: 'A call that costs money or does harm is made more often than was allowed.',
  },
  'early-retry': {
    headline: 'A record came again too early',
    rule: 'A record that was skipped or failed does not come again sooner than its Skip asked for, or than the least back-off of its handler.',
    cost: 'Too early attempts',
    consequence:
      'A service that asked for a pause is called in the middle of it, and a limit on calls is used up by attempts that could not succeed.',
  },
  'concurrency-limit': {
    headline: 'More calls ran at once than allowed',
    rule: 'No more calls of a handler, and of a process, run at once than their limits say.',
    cost: 'Overload',
    consequence: 'The database or the quota behind the handler gets more than the limit was to let through.',
  },
  'rate-limit': {
    headline: 'Records were delivered faster than allowed',
    rule: 'In any stretch of time no more records are delivered than the burst and the rate for that time.',
    cost: 'Overload',
    consequence: 'Whatever the limit protects is flooded, and may refuse what comes next.',
  },
  'open-window': {
    headline: 'Too much waited behind one open record',
    rule: 'Once the window behind the lowest open record is full, nothing more is fetched.',
    cost: 'Out of memory',
    consequence: 'One record that is stuck fills the memory of the process, until it dies of it.',
  },
  'ledger-lag': {
    headline: 'Finished work was not written down in time',
    rule: 'What is done behind an open record is soon in the metadata of an acknowledged commit, as far as there is room.',
    cost: 'Work done twice',
    consequence: 'After a restart that work is done again, although the ledger was to prevent it.',
  },
  'aborted-read': {
    headline: 'A record of an aborted transaction was handled',
    rule: 'Records of an aborted transaction are never delivered.',
    cost: 'False data',
    consequence: 'The handler acted on something that its producer had taken back.',
  },
  'precommitted-read': {
    headline: 'A record was handled before its transaction was committed',
    rule: 'Records of a transaction are delivered only once it is committed.',
    cost: 'False data',
    consequence: 'The handler acted on something that its producer may still take back.',
  },
  'inconsistent-offsets': {
    headline: 'Two records were seen at one offset',
    rule: 'An offset names one record, for ever.',
    cost: 'Lost records',
    consequence: 'Offsets are all that a group remembers: what was done and what was not can no longer be told.',
  },
  'poll-skip': {
    headline: 'A record was jumped over',
    rule: 'Within an assignment, records come without gaps.',
    cost: 'Lost records',
    consequence: 'The record in between was never handled, and the next commit passes it.',
  },
  'nonmonotonic-poll': {
    headline: 'Records came in the wrong order',
    rule: 'Within an assignment, new records come with rising offsets.',
    cost: 'Wrong order',
    consequence: 'A later change is applied before an earlier one.',
  },
  'nonmonotonic-send': {
    headline: 'Messages were written in the wrong order',
    rule: 'What is sent to a partition in order stands there in order.',
    cost: 'Wrong order',
    consequence: 'Whoever reads that topic applies a later change before an earlier one.',
  },
  duplicate: {
    headline: 'A message was written twice',
    rule: 'What is sent once stands in the log once, unless an answer was lost.',
    cost: 'Work done twice',
    consequence: 'Whoever reads that topic acts on the same message twice.',
  },
  'ends-in-consume': {
    headline: 'A message was rejected that should not be',
    rule: 'Every generated message ends in Consume, unless the scenario says that it may be rejected.',
    cost: 'Lost messages',
    consequence: 'What is rejected is committed and not delivered again: the message never takes effect.',
  },
  'tombstones-handled': {
    headline: 'The handler threw on a record without a value',
    rule: 'A handler takes tombstones: a producer writes one wherever it deletes a key.',
    cost: 'A blocked partition',
    consequence: 'The record comes back for ever, and everything behind it in its partition waits.',
  },
  'same-as-calm': {
    headline: 'It did not end as a calm run does',
    rule: 'The same messages have the same effect, whatever goes wrong on the way.',
    cost: 'Wrong results',
    consequence: 'Crashes, rebalances and lost answers happen in production too, and leave your data different from what it should be.',
  },
  vacuous: {
    headline: 'Nothing broke, but nothing was shown either',
    rule: 'A scenario must have seen what it is about.',
    cost: 'No proof',
    consequence: 'A campaign that tried nothing proves nothing.',
  },
  'run-failed': {
    headline: 'The run could not be made',
    rule: 'A run needs its broker, its handlers and a valid plan.',
    cost: 'No result',
    consequence: 'Nothing is known about this scenario.',
  },
};

/** False for a check of the user's. */
export function isKnownPromise(name: string): boolean {
  return Object.hasOwn(WORDS, name);
}

/** Words for a failure. A name that is not in the list (a check of the user's) speaks for itself. */
export function promiseWords(name: string): PromiseWords {
  const known = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  return (
    known ?? {
      headline: `The check “${name}” failed`,
      rule: `The check “${name}” holds in every run.`,
      cost: 'See its message',
      consequence: 'The check is one of your own: its message says it.',
    }
  );
}
