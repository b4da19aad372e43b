import type { Fault } from '../testing/fault.ts';
import type { Plan } from '../testing/scenario/plan.ts';

/** Fewer and simpler choices: none at all, shorter lists, zeros. 0 says nothing, so that a list never ends in one. */
export function* simplerChoices(plan: Plan): Generator<Plan> {
  const { choices } = plan;
  if (choices.length === 0) return;
  yield { ...plan, choices: [] };
  for (const length of [Math.floor(choices.length / 2), Math.floor((choices.length * 3) / 4), choices.length - 1]) {
    if (length > 0 && length < choices.length) yield { ...plan, choices: trimmed(choices.slice(0, length)) };
  }
  for (let index = choices.length - 1; index >= 0; index -= 1) {
    const choice = choices[index] ?? 0;
    if (choice !== 0) yield { ...plan, choices: trimmed(choices.with(index, 0)) };
    if (choice > 1) yield { ...plan, choices: choices.with(index, 1) };
  }
}

/** Numbers of faults that stand for time: sooner, shorter. */
export function* simplerFaults(plan: Plan): Generator<Plan> {
  for (const [index, { afterOps, fault }] of plan.faults.entries()) {
    for (const simpler of simplerFault(fault)) yield { ...plan, faults: plan.faults.with(index, { afterOps, fault: simpler }) };
  }
}

function* simplerFault(fault: Fault): Generator<Fault> {
  if ((fault.times ?? 1) > 1) yield { ...fault, times: 1 };
  if (!('afterEvents' in fault) || fault.afterEvents === undefined) return;
  const { afterEvents, ...atOnce } = fault;
  yield atOnce as Fault;
  if (afterEvents > 1) yield { ...fault, afterEvents: Math.floor(afterEvents / 2) };
}

function trimmed(choices: readonly number[]): readonly number[] {
  return choices.slice(0, choices.findLastIndex((choice) => choice !== 0) + 1);
}
