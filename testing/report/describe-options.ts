import type { Plan, PlanHandler, PlanProcess, PlanRate, PlanRetry } from '../scenario/plan.ts';
import { plural, showDuration } from './show-text.ts';

/** The options of a plan's handlers and processes, a line for each that has any. */
export function describeOptions({ config }: Plan): readonly string[] {
  const lines = config.topics.flatMap(({ name, handler }) =>
    handler === undefined ? [] : [`The handler of ${name}: ${describeHandler(handler).join(', ')}.`],
  );
  const process = describeProcess(config.process ?? {});
  if (config.offsetMetadataMaxBytes !== undefined)
    process.push(`the brokers take ${plural(config.offsetMetadataMaxBytes, 'character')} of metadata with a commit`);
  return process.length === 0 ? lines : [...lines, `Every process: ${process.join(', ')}.`];
}

function describeHandler(handler: PlanHandler): readonly string[] {
  const { ordering, concurrency, rateLimit, batch, retry, deadLetter, deadlineMs, hungAfterMs, onHung } = handler;
  return [
    ...(ordering === undefined ? [] : [ordering === 'unordered' ? 'no order' : `order by ${ordering}`]),
    ...(concurrency === undefined ? [] : [`${plural(concurrency, 'call')} at once at most`]),
    ...(rateLimit === undefined ? [] : [describeRate(rateLimit)]),
    ...(batch === undefined
      ? []
      : [`batches of up to ${batch.maxRecords}${batch.lingerMs === undefined ? '' : `, within ${showDuration(batch.lingerMs)}`}`]),
    ...(retry === undefined ? [] : describeRetry(retry)),
    ...(deadLetter === undefined ? [] : ['dead letters']),
    ...(deadlineMs === undefined ? [] : [`a deadline of ${showDuration(deadlineMs)}`]),
    ...(hungAfterMs === undefined ? [] : [`a call hangs ${showDuration(hungAfterMs)} after it`]),
    ...(onHung === undefined ? [] : [onHung === 'overlap' ? 'and its lane goes on beside it' : 'and its lane halts']),
  ];
}

function describeRetry({ maxAttempts, maxElapsedMs, maxSkips, maxSkipMs, jitter, onExhausted }: PlanRetry): readonly string[] {
  return [
    ...(maxAttempts === undefined ? [] : [`${plural(maxAttempts, 'attempt')} at most`]),
    ...(maxElapsedMs === undefined ? [] : [`for ${showDuration(maxElapsedMs)} at most`]),
    ...(maxSkips === undefined ? [] : [`${plural(maxSkips, 'Skip')} at most`]),
    ...(maxSkipMs === undefined ? [] : [`skipped for ${showDuration(maxSkipMs)} at most`]),
    ...(jitter === 'none' ? ['a back-off without jitter'] : []),
    ...(onExhausted === undefined ? [] : [`then ${onExhausted}`]),
  ];
}

function describeProcess({ concurrency, rateLimit, openWindow, durableLedger }: PlanProcess): string[] {
  return [
    ...(concurrency === undefined ? [] : [`${plural(concurrency, 'call')} at once at most`]),
    ...(rateLimit === undefined ? [] : [describeRate(rateLimit)]),
    ...(openWindow === undefined ? [] : [`${plural(openWindow, 'record')} beyond the lowest open one`]),
    ...(durableLedger === false ? ['commits without a ledger'] : []),
  ];
}

function describeRate({ recordsPerSecond, burst }: PlanRate): string {
  return `${recordsPerSecond} records a second, ${burst} at once`;
}
