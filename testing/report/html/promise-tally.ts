import { INVARIANTS } from '../../checker/check-history.ts';
import type { CampaignReport } from '../campaign-report.ts';
import { addCounts, noCounts } from '../counts.ts';

/** Of the promises that are checked in every run. `unjudged`: nothing in the whole campaign gave them anything to judge. */
export interface PromiseTally {
  readonly broken: number;
  readonly held: number;
  readonly unjudged: number;
}

export function tallyPromises(report: CampaignReport): PromiseTally {
  const { invariants } = report.scenarios.map((scenario) => scenario.counts).reduce(addCounts, noCounts());
  const broken = brokenPromises(report);
  const names = INVARIANTS.map(({ name }) => name);
  const isBroken = names.filter((name) => broken.has(name));
  const unjudged = names.filter((name) => !broken.has(name) && (invariants[name] ?? 0) === 0);
  return { broken: isBroken.length, held: names.length - isBroken.length - unjudged.length, unjudged: unjudged.length };
}

/** By name; also what a shrunk plan breaks besides. */
export function brokenPromises(report: CampaignReport): ReadonlySet<string> {
  return new Set(report.scenarios.flatMap(({ failure }) => (failure === undefined ? [] : [failure.invariant, ...(failure.also ?? [])])));
}

/** `1 broken, 14 held, 7 had nothing to judge`. */
export function tallyWords({ broken, held, unjudged }: PromiseTally): string {
  return [
    ...(broken === 0 ? [] : [`${broken} broken`]),
    `${held} held`,
    ...(unjudged === 0 ? [] : [`${unjudged} had nothing to judge and prove nothing`]),
  ].join(', ');
}
