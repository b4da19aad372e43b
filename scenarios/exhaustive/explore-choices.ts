import type { Plan } from '../../testing/scenario/plan.ts';

export interface ExploreBounds {
  /** How many choices of a list may differ from first in, first out. From 0 on. */
  readonly deviations: number;
  /** How many decisions of a run are varied; those after them are first in, first out. */
  readonly decisions: number;
}

/** What a run tells: how many events could have happened at each of its decisions, and whether everything held. */
export interface ExploredRun {
  readonly alternativeCounts: readonly number[];
  readonly held: boolean;
}

export interface Explored {
  readonly runs: number;
  /** The most decisions that a run had; where it is above the bound, the rest was not varied. */
  readonly mostDecisions: number;
  /** The choices of the first run that did not hold. */
  readonly broken: readonly number[] | null;
}

/**
 * Every list of choices within the bounds, each once: a list is what came before its last deviation, which some other run
 * has shown to be possible, and that deviation. Ends at the first run that does not hold.
 */
export async function exploreChoices(
  plan: Plan,
  bounds: ExploreBounds,
  play: (plan: Plan) => Promise<ExploredRun>,
  onRun: () => void = () => undefined,
): Promise<Explored> {
  // Depth first, with a list of its own: as long as there are decisions, times the alternatives of each.
  const open: { readonly choices: readonly number[]; readonly deviations: number }[] = [{ choices: [], deviations: 0 }];
  let runs = 0;
  let mostDecisions = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { choices, deviations } = next;
    const { alternativeCounts, held } = await play({ ...plan, choices });
    runs += 1;
    onRun();
    if (!held) return { runs, mostDecisions, broken: choices };
    mostDecisions = Math.max(mostDecisions, alternativeCounts.length);
    if (deviations === bounds.deviations) continue;
    const decisions = Math.min(alternativeCounts.length, bounds.decisions);
    for (let decision = choices.length; decision < decisions; decision += 1) {
      const before = [...choices, ...Array.from({ length: decision - choices.length }, () => 0)];
      for (let choice = 1; choice < (alternativeCounts[decision] ?? 0); choice += 1)
        open.push({ choices: [...before, choice], deviations: deviations + 1 });
    }
  }
  return { runs, mostDecisions, broken: null };
}
