import type { TransportAdmin } from '../../src/admin.ts';
import { applyOffsets, membersRefusal } from '../../src/offsets/apply-offsets.ts';
import { readGroupOffsets, type GroupOffsets } from '../../src/offsets/group-offsets.ts';
import type { PlannedOffset } from '../../src/offsets/plan-offset.ts';
import { planOffsets, type OffsetPlan, type OffsetTarget } from '../../src/offsets/plan-offsets.ts';
import { visibleText } from '../../testing/report/model/visible-text.ts';
import { plural, showCount } from '../../testing/report/show-text.ts';
import { EXIT } from '../exit-status.ts';
import { textTable } from './text-table.ts';

/** Where the lines of a command go. */
export type Say = (line: string) => void;

export interface ShowOffsetsOptions {
  readonly group: string;
  readonly topics?: readonly string[];
  readonly json?: boolean;
}

/** Says where a group stands. Resolves with the exit status. */
export async function showOffsets(admin: TransportAdmin, { group, topics, json }: ShowOffsetsOptions, say: Say): Promise<number> {
  const offsets = await readGroupOffsets(admin, { groupId: group, ...(topics === undefined ? {} : { topics }) });
  if (json === true) say(JSON.stringify(offsets));
  else for (const line of describeOffsets(offsets)) say(line);
  return EXIT.held;
}

export interface SetOffsetsOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly partitions?: readonly number[];
  readonly to: OffsetTarget;
  /** Without it nothing is changed. */
  readonly execute?: boolean;
  readonly allowSkip?: boolean;
  readonly json?: boolean;
}

/** Says what setting a group's offsets does, and does it where that is asked for. Resolves with the exit status. */
export async function setOffsets(admin: TransportAdmin, options: SetOffsetsOptions, say: Say): Promise<number> {
  const { group, topics, partitions, to, execute = false, allowSkip = false, json = false } = options;
  const plan = await planOffsets(admin, { groupId: group, topics, to, ...(partitions === undefined ? {} : { partitions }) });
  if (!json) for (const line of describePlan(plan, execute)) say(line);
  if (execute) await applyOffsets(admin, plan, { allowSkip });
  if (json) say(JSON.stringify({ executed: execute, ...plan }));
  else
    for (const line of execute ? [`Done: ${plural(changesOf(plan).length, 'offset is', 'offsets are')} set.`] : hints(plan, allowSkip))
      say(line);
  return EXIT.held;
}

function describeOffsets({ groupId, state, members, partitions }: GroupOffsets): readonly string[] {
  const lines = [`Group ${visibleText(groupId)}: ${state}, ${plural(members.length, 'member')}`];
  for (const { clientId, memberId, partitions: held } of members) {
    const places = held.map(({ topic, partition }) => `${topic}/${partition}`);
    lines.push(`  ${visibleText(clientId)} (${visibleText(memberId)}): ${places.length === 0 ? 'nothing' : places.join(', ')}`);
  }
  // The brokers' word for a group that they do not have; a misspelt one is told like that.
  if (partitions.length === 0)
    return state === 'Dead'
      ? [`Group ${visibleText(groupId)}: the brokers know none of this name; it was never used, or has expired.`]
      : [...lines, 'It has no offsets.'];
  const rows = partitions.map((each) => [
    `${each.topic}/${each.partition}`,
    showOffset(each.committed),
    showCount(each.logStartOffset),
    showCount(each.lastStableOffset),
    showCount(each.logEndOffset),
    each.lag === null ? '–' : showCount(each.lag),
  ]);
  return [...lines, ...textTable(['partition', 'committed', 'log start', 'stable to', 'log end', 'lag'], rows)];
}

function describePlan(plan: OffsetPlan, execute: boolean): readonly string[] {
  const heading = `Group ${visibleText(plan.groupId)}${plan.state === 'Dead' ? ', which was never used' : ''}: ${execute ? 'setting offsets' : 'what would be set; this is a dry run'}`;
  const rows = plan.partitions.map((each) => [
    `${each.topic}/${each.partition}`,
    showOffset(each.committed),
    showCount(each.newOffset),
    effectOf(each),
  ]);
  return [heading, ...textTable(['partition', 'now', 'new', 'what it does'], rows)];
}

function effectOf({ change, deliveredAgain, passedOver, breaksPromise, dropsMetadata }: PlannedOffset): string {
  if (change === 'none') return 'nothing, it stands there';
  const effects: string[] = [];
  if (change === 'first') effects.push('the first offset');
  if (deliveredAgain > 0) effects.push(`up to ${plural(deliveredAgain, 'record')} delivered again`);
  if (passedOver > 0)
    effects.push(`up to ${plural(passedOver, 'record')} ${breaksPromise ? 'PASSED OVER, never delivered' : 'before it, not delivered'}`);
  if (dropsMetadata) effects.push('what was done above the old offset is forgotten, and may be delivered again');
  return effects.length === 0 ? 'no record is concerned' : effects.join('; ');
}

/** What the same command with `--execute` would say. */
function hints(plan: OffsetPlan, allowSkip: boolean): readonly string[] {
  if (changesOf(plan).length === 0) return ['Nothing would change.'];
  const lines: string[] = [];
  if (!allowSkip && plan.partitions.some(({ breaksPromise }) => breaksPromise)) {
    lines.push(
      'Records would be passed over that the group has not done: the promise that no open record is ever passed. That needs --allow-skip too.',
    );
  }
  const refusal = membersRefusal(plan);
  lines.push(
    refusal === null ? 'Nothing was changed. To do it: the same with --execute.' : `Not possible now. ${visibleText(refusal.message)}`,
  );
  return lines;
}

function changesOf({ partitions }: OffsetPlan): readonly PlannedOffset[] {
  return partitions.filter(({ change }) => change !== 'none');
}

function showOffset(offset: number | null): string {
  return offset === null ? 'none' : showCount(offset);
}
