import type { Observation } from '../../src/observation.ts';

/** What happened to one record, in words and in order: `skip "busy" ×3, consume`. Empty: it was never delivered. */
export function recordHistory(observations: readonly Observation[], topic: string, partition: number, offset: number): string {
  const steps: string[] = [];
  for (const observation of observations) {
    if (!('offset' in observation) || !('attempt' in observation)) continue;
    if (observation.topic !== topic || observation.partition !== partition || observation.offset !== offset) continue;
    const step = describeStep(observation);
    if (observation.kind === 'delivered') steps.push(step ?? '');
    // The end of a delivery takes the place of its beginning.
    else if (step !== null && steps.at(-1) === RUNNING) steps[steps.length - 1] = step;
    else if (step !== null) steps.push(step);
  }
  return collapse(steps);
}

const RUNNING = 'delivered, not answered';

function describeStep(observation: Observation): string | null {
  switch (observation.kind) {
    case 'delivered':
      return RUNNING;
    case 'action':
      return observation.reason === null ? observation.action : `${observation.action} ${JSON.stringify(observation.reason)}`;
    case 'failed':
      return `failed (${observation.error instanceof Error ? `${observation.error.name}: ${observation.error.message}` : String(observation.error)})`;
    case 'stale-result':
      return 'answered too late';
    default:
      return null;
  }
}

function collapse(steps: readonly string[]): string {
  const collapsed: { readonly step: string; count: number }[] = [];
  for (const step of steps) {
    const last = collapsed.at(-1);
    if (last !== undefined && last.step === step) last.count += 1;
    else collapsed.push({ step, count: 1 });
  }
  return collapsed.map(({ step, count }) => (count === 1 ? step : `${step} ×${count}`)).join(', ');
}
