import type { Plan, PlanFault, PlanOp, RecordScript } from '../scenario/plan.ts';
import { describeOptions } from './describe-options.ts';
import { faultWords } from './model/fault-words.ts';
import { plural, showDuration, showText } from './show-text.ts';

/** The plan as numbered steps that a person can follow. */
export function describePlan(plan: Plan): readonly string[] {
  const lines: string[] = [];
  const faultsAt = (played: number): readonly PlanFault[] =>
    plan.faults.filter(({ afterOps }) => (played === plan.ops.length ? afterOps >= played : afterOps === played));
  let step = 0;
  const add = (text: string): void => {
    step += 1;
    lines.push(`${String(step).padStart(2)}. ${text}`);
  };
  for (let index = 0; index <= plan.ops.length; index += 1) {
    for (const { fault } of faultsAt(index)) add(describeFault(fault));
    const op = plan.ops[index];
    if (op !== undefined) add(describeOp(op));
  }
  for (const line of describeOptions(plan)) lines.push(`    ${line}`);
  if (!plan.ops.some((op) => op.op === 'join')) lines.push('    Then member a joins.');
  return lines;
}

/** `2 steps on orders (1 partition)`: as many as are listed; that simultaneous events come in another order is no step. */
export function describeSize(plan: Plan): string {
  const topics = plan.config.topics.map((topic) => `${topic.name} (${plural(topic.partitions, 'partition')})`).join(', ');
  return `${plural(plan.ops.length + plan.faults.length, 'step')} on ${topics}${plan.config.offsetReset === 'latest' ? ', the group starts at the end of the log' : ''}`;
}

function describeOp(op: PlanOp): string {
  switch (op.op) {
    case 'produce': {
      const key = op.key === null ? '' : `, key ${showText(op.key)}`;
      const value =
        op.value === null ? 'a tombstone' : `value ${showText(typeof op.value === 'string' ? op.value : `base64:${op.value.base64}`, 48)}`;
      return `A record is written to ${op.topic}-${op.partition}${key}, ${value}${describeScript(op.script ?? {})}`;
    }
    case 'join':
      return `Member ${op.member} joins`;
    case 'leave':
      return `Member ${op.member} stops and leaves`;
    case 'crash':
      return `Member ${op.member} crashes`;
    case 'pause':
      return `Member ${op.member} pauses ${describePlace(op)} by hand`;
    case 'resume':
      return `Member ${op.member} resumes ${describePlace(op)} by hand`;
    case 'decide':
      return `Somebody decides on every halted lane${op.besideCalls === true ? ', also beside a call that hangs' : ''}`;
    case 'wait':
      return `${showDuration(op.ms)} pass`;
  }
}

function describePlace({ topic, partition }: { readonly topic: string; readonly partition?: number }): string {
  return partition === undefined ? topic : `${topic}-${partition}`;
}

function describeScript(script: RecordScript): string {
  const parts: string[] = [];
  if ((script.skips ?? 0) > 0) {
    const asked = script.retryAfterMs === undefined ? '' : `, to come again after ${showDuration(script.retryAfterMs)}`;
    parts.push(`skipped ${times(script.skips ?? 0)}${asked}`);
  }
  if ((script.misanswers ?? 0) > 0) parts.push(`its batch is answered wrongly ${times(script.misanswers ?? 0)}`);
  if ((script.failures ?? 0) > 0)
    parts.push(`its handler throws ${times(script.failures ?? 0)}${script.final === true ? ', in a way that no attempt can mend' : ''}`);
  if ((script.slowMs ?? 0) > 0) parts.push(`each call takes ${showDuration(script.slowMs ?? 0)}`);
  if (script.whenHalted === 'dead-letter') parts.push('sent to the dead letters by hand where its lane halts');
  if (script.verdict === 'reject') parts.push('rejected in the end');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function describeFault(fault: Plan['faults'][number]['fault']): string {
  const where = fault.topic === undefined ? '' : ` of ${fault.topic}${fault.partition === undefined ? '' : `-${fault.partition}`}`;
  const who = fault.member === undefined ? '' : ` of member ${fault.member}`;
  const next = (fault.times ?? 1) === 1 ? 'the next' : `the next ${fault.times}`;
  switch (fault.kind) {
    case 'commit-refused':
      return `Fault: ${next} commit${where}${who} is refused with ${fault.code}`;
    case 'commit-request-lost':
      return `Fault: ${next} commit${where}${who} never arrives`;
    case 'commit-reply-lost':
      return `Fault: ${next} commit${where}${who} is stored, its answer is lost`;
    case 'fetch-request-lost':
      return `Fault: ${next} fetch${where}${who} never arrives`;
    case 'fetch-reply-lost':
      return `Fault: ${next} fetched batch${where}${who} is lost on the way`;
    case 'heartbeat-request-lost':
      return `Fault: ${next} heartbeat${who} never arrives`;
    case 'produce-refused':
      return `Fault: ${next} produce${where}${who} is refused with ${fault.code}`;
    case 'produce-reply-lost':
      return `Fault: ${next} produce${where}${who} is written, its acknowledgement is lost`;
    default:
      return `Fault: ${faultWords(fault)}`;
  }
}

function times(count: number): string {
  if (count === 1) return 'once';
  return count === 2 ? 'twice' : `${count} times`;
}
