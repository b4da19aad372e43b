import type { PartitionHealth } from '../consumer/health.ts';

/** Whether all is well, and otherwise why not: sentences for people, at most {@link MOST_REASONS}. */
export interface HealthVerdict {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

/** More are counted only. */
export const MOST_REASONS = 20;

export function verdictOf(reasons: readonly string[]): HealthVerdict {
  if (reasons.length <= MOST_REASONS) return { ok: reasons.length === 0, reasons };
  return { ok: false, reasons: [...reasons.slice(0, MOST_REASONS - 1), `and ${reasons.length - MOST_REASONS + 1} more`] };
}

export function placeOf({ topic, partition }: Pick<PartitionHealth, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}
