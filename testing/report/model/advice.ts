/** What to think of first when a promise broke, and what to do next. The page shows one run of a consumer that it knows nothing of, hence "likely". */
export interface Advice {
  readonly cause: string;
  readonly next: string;
}

const ADVICE: Readonly<Partial<Record<string, Advice>>> = {
  'commit-past-open': {
    cause:
      'The consumer commits one past the record that was done last, and does not look whether an earlier record of the partition is still open: skipped, failed, or still in the handler. Or it commits a batch before it is handled.',
    next: 'Keep, for each partition, which records are open, and commit the lowest of them: everything before it is done, and nothing else. Where a retry must not hold up the commit, write the record to a retry or dead-letter topic first, and count it as done once that write is acknowledged.',
  },
  'lost-write': {
    cause: 'The producer does not wait for all in-sync replicas, or takes a lost or failed answer for an acknowledgement.',
    next: 'Send with acks=all, and report success only when the broker has acknowledged that very batch.',
  },
  unseen: {
    cause: 'The group started behind the record (a reset to the latest offset), or jumped over it after an offset that was out of range.',
    next: 'Look in the lanes at where the assignment started, and with which committed offset. Commit the chosen start before the first delivery.',
  },
  discontinuity: {
    cause: 'A batch that was fetched for an earlier assignment or position arrived late, and was taken without a look at where it begins.',
    next: 'Mark each fetch with its assignment and position, and drop an answer that fits neither.',
  },
  'stale-effect': {
    cause: 'Work that was under way when the partition was taken away went on, and its result was used as if nothing had happened.',
    next: 'When an assignment ends, abort its calls, and check before every commit and delivery that the assignment is still the same one.',
  },
  'wrong-start': {
    cause: 'The position was kept from an earlier assignment, or read before the last commit was stored.',
    next: 'Ask for the committed offset at every assignment, and start exactly there.',
  },
  'commit-regression': {
    cause: 'Two commits were under way at once and arrived in the other order, or an old position was committed again.',
    next: 'Have one commit of a partition under way at a time, and send none that is lower than the last.',
  },
  'redelivered-terminal': {
    cause: 'The consumer went back (a seek, or a fetch again) to a position that is lower than what was done.',
    next: 'Remember what is done in this assignment, and pass over it when it is fetched again.',
  },
  'unbounded-redelivery': {
    cause: 'The acknowledged commit was not where the next assignment started, or the record was handed over by two paths.',
    next: 'Look in the lanes for the commit that covers the record and for the next start. They have to fit.',
  },
  'order-violation': {
    cause: 'While a record waits for its retry, the records behind it in its lane are handed over all the same.',
    next: 'Hold back everything behind an open record of the lane, or say that the handler needs no order.',
  },
  overlap: {
    cause: 'A retry, or a new assignment, calls the handler without waiting for the call that still runs.',
    next: 'Wait for the running call of the lane before the next one, also over a rebalance within the same process.',
  },
  'untrue-observation': {
    cause: 'The report is made when something is begun, not when it is known; or on a path that ends otherwise.',
    next: 'Report a commit when it is acknowledged and an action when the handler has answered. The message says which report was untrue.',
  },
  'commit-lag': {
    cause: 'Nothing triggers a commit: no timer, or one that ends after an error; or an open record that is none holds it back.',
    next: 'Look in the lanes at the last commit and at what was done since. Commit on a timer, and start it again after a failure.',
  },
  stuck: {
    cause:
      'Something waits for an event that does not come again: a paused partition that is never resumed, a retry whose timer is gone, a request without a time-out.',
    next: 'Look in the lanes at the last thing that the member did. What it waits for needs a limit, and a way on.',
  },
  'lost-reject': {
    cause: 'The record counts as done when the dead letter is sent, not when it is acknowledged; or a failed write is passed over.',
    next: 'Commit a rejected record only after its dead letter was acknowledged, and write it again when it was not.',
  },
  'false-ledger': {
    cause:
      'A record is entered into the ledger when its call begins or its answer arrives, whatever the answer is; or a run in the metadata ends one offset too far.',
    next: 'Look in the lanes at the last answer of the record before that commit. Enter a record when it is done, and write the runs from those entries alone.',
  },
  'false-letter': {
    cause:
      'The letter is made from a record that has changed hands since (a reused buffer, an index that moved), or before the record was really given up.',
    next: 'Compare the letter with its record, and look in the lanes for the Reject or the last attempt that it belongs to.',
  },
  'halted-delivery': {
    cause: 'The lane is halted in one place and filled in another: a new batch, or a timer of an earlier retry, starts it again.',
    next: 'Ask the lane itself whether it stands still before every delivery, and let only one way lead out of that.',
  },
  'paused-delivery': {
    cause:
      'The pause is kept with the assignment and is gone with it, or a retry, a batch that was gathered or a place that came free does not ask for it.',
    next: 'Keep what is paused by hand beside the assignments, and ask for it at each new one and before every call.',
  },
  'batch-answer': {
    cause: 'Answers are matched to records by a position that has moved: something was filtered out of the batch, or an answer is missing.',
    next: 'Match answers by record and not by position, and take an answer that does not fit for a failure of all.',
  },
  'retry-limit': {
    cause:
      'The count is kept with the call and not with the record, so that it starts again; or it is looked at after the retry was planned.',
    next: 'Count failures and skips with the record, and decide before the next attempt is planned.',
  },
  'early-retry': {
    cause:
      'The wait is counted from the delivery and not from the answer, or something else wakes the lane: a new batch, or the retry of another record.',
    next: 'Keep with the record when it is due, and ask for it before every delivery.',
  },
  'concurrency-limit': {
    cause: 'A slot is given back before the call has settled: at its deadline, or when its assignment ends.',
    next: 'Give a slot back when the promise of the handler has settled, and at no other time.',
  },
  'rate-limit': {
    cause: 'Redeliveries or the records of a batch do not take from the bucket, or the bucket holds more than its burst.',
    next: 'Take one for each record at the moment of its delivery, and cap what a quiet time can save up.',
  },
  'open-window': {
    cause: 'Whether to pause is asked of what waits in the queue, and not of how far the position is beyond the lowest open record.',
    next: 'Measure from the lowest open record to the position, and pause as soon as a batch has filled it.',
  },
  'ledger-lag': {
    cause: 'A commit is only made when its offset rises, so that the metadata of a partition that stands still is never sent.',
    next: 'Commit again when more is done behind the open record, at the same offset and with the new metadata.',
  },
  'aborted-read': {
    cause: 'The consumer reads with isolation level read_uncommitted, or ignores the list of aborted transactions.',
    next: 'Read with read_committed, and filter each batch by the aborted transactions that come with it.',
  },
  'precommitted-read': {
    cause: 'The consumer reads with isolation level read_uncommitted, or beyond the last stable offset.',
    next: 'Read with read_committed, and never beyond the last stable offset.',
  },
  'inconsistent-offsets': {
    cause: 'Offsets are taken from somewhere else than the batch that holds the record: a counter, or a topic that was made again.',
    next: 'Take the offset that the broker gave the record, and begin anew when the topic has another id.',
  },
  'poll-skip': {
    cause:
      'The position moved on although records of the batch were not taken: a filter, an error in the middle, a buffer that was cleared.',
    next: 'Move the position only past what was taken, record by record.',
  },
  'nonmonotonic-poll': {
    cause: 'Answers of two fetches of one partition were taken in the order in which they arrived.',
    next: 'Have one fetch of a partition under way, or sort the answers by where they were fetched from.',
  },
  'nonmonotonic-send': {
    cause: 'A batch that failed was sent again after the next one had been written.',
    next: 'Send the batches of a partition one after the other, or with idempotence switched on.',
  },
  duplicate: {
    cause: 'A batch that had been acknowledged was sent again, or two paths send the same message.',
    next: 'Send again only what has no acknowledgement, and let the producer be idempotent.',
  },
  vacuous: {
    cause: 'The scenario is too small, runs too seldom, or what it is about cannot happen with these settings.',
    next: 'The message says what never happened. Give it more runs, or more trouble of that kind.',
  },
  'run-failed': {
    cause: 'Something in the setting, not in what was tried: the message says it.',
    next: 'Mend that, then run it again with the same seed.',
  },
};

/** Of a check of the user's nothing is known: null. */
export function adviceFor(name: string): Advice | null {
  return Object.hasOwn(ADVICE, name) ? (ADVICE[name] ?? null) : null;
}
