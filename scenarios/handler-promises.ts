import type { Handler } from '../src/handler.ts';
import type { HandlerPromises, RetryPromise } from '../testing/checker/promises.ts';
import { letterTopic } from './own-topics.ts';

/** What a handler promises by its options, for the checker. One for each of its topics where their dead letters differ. */
export function handlerPromises(handler: Handler): readonly HandlerPromises[] {
  const { topics, ordering = 'partition', concurrency, rateLimit, batch, deadlineMs, hungAfterMs = HUNG_AFTER_MS, onHung } = handler;
  const { deadLetter } = handler;
  const retry = retryPromise(handler);
  const common = {
    ordering,
    ...(concurrency === undefined || concurrency === null ? {} : { concurrency }),
    ...(rateLimit === undefined || rateLimit === null ? {} : { rateLimit }),
    ...(batch === undefined || batch === null ? {} : { maxBatchRecords: batch.maxRecords }),
    ...(deadlineMs === null ? {} : { deadlineMs, hungAfterMs: deadlineMs + hungAfterMs }),
    ...(deadlineMs !== null && onHung === 'overlap' ? { overlapAfterMs: deadlineMs + hungAfterMs } : {}),
    ...(retry === null ? {} : { retry }),
    leastRetryDelayMs: handler.retry.jitter === 'none' ? Math.min(handler.retry.initialDelayMs, handler.retry.maxDelayMs) : 0,
  };
  if (deadLetter === undefined || deadLetter === null) return [{ ...common, topics }];
  if (typeof deadLetter.topic === 'string') return [{ ...common, topics, deadLetterTopic: deadLetter.topic }];
  return topics.map((topic) => ({ ...common, topics: [topic], deadLetterTopic: letterTopic(deadLetter, topic) }));
}

/** As of `HandlerOptions`. */
const HUNG_AFTER_MS = 10_000;

function retryPromise({ retry, deadLetter }: Handler): RetryPromise | null {
  const { maxAttempts, maxElapsedMs, maxSkips, maxSkipMs, retryIf, onExhausted } = retry;
  const limits = {
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(maxElapsedMs === undefined ? {} : { maxElapsedMs }),
    ...(maxSkips === undefined ? {} : { maxSkips }),
    ...(maxSkipMs === undefined ? {} : { maxSkipMs }),
  };
  if (Object.keys(limits).length === 0 && retryIf === undefined) return null;
  const byDefault = deadLetter === undefined || deadLetter === null ? 'continue' : 'reject';
  return { ...limits, onExhausted: onExhausted ?? byDefault };
}
