import type { Plan } from '../../testing/scenario/plan.ts';
import { PlanSource } from '../campaign/plan-source.ts';
import { loadFastCheck } from '../load-fast-check.ts';
import type { ScenarioDefinition, Stageability } from '../scenario-definition.ts';
import type { RehearsalMessage, ScenarioOptions } from './scenario-options.ts';

const BAR_WIDTH = 20;
const MOST_LABELS = 30;

export interface DistributionOptions {
  readonly runs: number;
  readonly seed: number;
  readonly classify?: ScenarioOptions<never>['classify'];
}

/** What a campaign with this seed generates, without playing any of it: lines for a person. */
export async function distributionOf(
  scenario: ScenarioDefinition,
  place: Stageability,
  options: DistributionOptions,
): Promise<readonly string[]> {
  const source = new PlanSource(await loadFastCheck(), scenario, place, options.seed);
  const messages = new Labels();
  const happenings = new Labels();
  const own = new Labels();
  for (let run = 0; run < options.runs; run += 1) {
    const { plan } = source.draw(run);
    for (const op of plan.ops) {
      if (op.op === 'produce') {
        messages.add(`${op.topic}, ${op.value === null ? 'a tombstone' : `${op.key === null ? 'without' : 'with'} a key`}`);
        for (const label of labelsOf(op, options.classify)) own.add(label);
      } else if (op.op === 'decide') happenings.add('somebody decides on halted lanes');
      else if (op.op !== 'wait') happenings.add(`a member ${VERBS[op.op]}`);
    }
    for (const { fault } of plan.faults) happenings.add(fault.kind);
  }
  return [
    `${options.runs} runs with seed ${options.seed}`,
    '',
    ...messages.lines('message', 'messages'),
    ...(own.total === 0 ? [] : ['', ...own.lines('label', 'labels')]),
    '',
    ...happenings.lines('thing that happens', 'things that happen'),
  ];
}

const VERBS = { join: 'joins', leave: 'leaves', crash: 'crashes', pause: 'pauses by hand', resume: 'resumes by hand' } as const;

function labelsOf(
  op: Extract<Plan['ops'][number], { readonly op: 'produce' }>,
  classify: DistributionOptions['classify'],
): readonly string[] {
  if (classify === undefined) return [];
  const message: RehearsalMessage = { key: op.key, value: valueOf(op.value) };
  const labels = classify(message, op.topic);
  return typeof labels === 'string' ? [labels] : labels;
}

/** As it was generated, as far as the plan still tells. */
function valueOf(value: Extract<Plan['ops'][number], { readonly op: 'produce' }>['value']): unknown {
  if (value === null) return null;
  if (typeof value !== 'string') return new Uint8Array(Buffer.from(value.base64, 'base64'));
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

class Labels {
  total = 0;
  readonly #counts = new Map<string, number>();

  add(label: string): void {
    this.total += 1;
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1);
  }

  lines(one: string, many: string): readonly string[] {
    const sorted = [...this.#counts].sort(([, left], [, right]) => right - left);
    const width = Math.max(0, ...sorted.map(([label]) => label.length));
    const lines = sorted.slice(0, MOST_LABELS).map(([label, count]) => {
      const share = count / this.total;
      return `  ${label.padEnd(width)}  ${`${(share * 100).toFixed(1)} %`.padStart(7)}  ${'▪'.repeat(Math.max(1, Math.round(share * BAR_WIDTH)))}`;
    });
    const more = sorted.length - lines.length;
    return [`${this.total} ${this.total === 1 ? one : many}`, ...lines, ...(more > 0 ? [`  and ${more} more labels`] : [])];
  }
}
