/** What a campaign must have seen before its silence means anything. */
import type { FaultKind } from '../testing/fault.ts';
import type { Demands } from '../testing/report/campaign-report.ts';
import type { Counts, NumberCount } from '../testing/report/counts.ts';

interface Tallied {
  readonly runs: number;
  readonly counts: Counts;
}

/** A campaign that is smaller than this proves too little for its counts to mean anything. */
const MIN_RUNS_TO_DEMAND = 20;

/** What a campaign of any size must have seen. */
const CAMPAIGN_MUST_SEE: readonly NumberCount[] = ['records', 'deliveries', 'commits'];

/** What should have been seen and was not; null when there is nothing to say, also for a campaign that is too small. */
export function missingOf(scenario: Demands, tally: Tallied): string | null {
  const must = tally.runs >= MIN_RUNS_TO_DEMAND ? [...new Set([...CAMPAIGN_MUST_SEE, ...scenario.mustSee])] : CAMPAIGN_MUST_SEE;
  const missing = must.filter((what) =>
    what === 'faults' ? Object.values(tally.counts.faults).every((fired) => fired === 0) : tally.counts[what] === 0,
  );
  if (missing.length === 0) return missingFaults(scenario, tally) ?? missingFacts(scenario, tally);
  return `Nothing broke in ${tally.runs} runs, but they proved nothing either: there were no ${missing.join(', no ')}.`;
}

/** Armed so often and never felt: it cannot happen here. */
const OFTEN = 50;

/** Declared faults that should have changed something and did not. */
function missingFaults({ mustFire }: Demands, { runs, counts }: Tallied): string | null {
  if (mustFire === undefined) return null;
  const often = (Object.entries(counts.armed) as [FaultKind, number][]).filter(([, armed]) => armed >= OFTEN).map(([kind]) => kind);
  const must = [...new Set([...(runs >= MIN_RUNS_TO_DEMAND ? mustFire : []), ...often])];
  const missing = must.filter((kind) => (counts.faults[kind] ?? 0) === 0);
  if (missing.length === 0) return null;
  const each = missing.map((kind) => `${kind} (armed ${counts.armed[kind] ?? 0} times)`);
  return `Nothing broke in ${runs} runs, but these of the declared faults never changed anything, so nothing is known about them: ${each.join(', ')}.`;
}

function missingFacts({ facts }: Demands, { runs, counts }: Tallied): string | null {
  if (runs < MIN_RUNS_TO_DEMAND) return null;
  const missing = [...new Set([...(facts ?? []), ...Object.keys(counts.facts)])].filter((fact) => (counts.facts[fact] ?? 0) === 0);
  if (missing.length === 0) return null;
  return `Nothing broke in ${runs} runs, but what must be seen sometimes was never seen: ${missing.join(', ')}.`;
}
