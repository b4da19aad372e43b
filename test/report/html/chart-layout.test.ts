import { expect, it } from 'vitest';
import { layOutChart } from '../../../testing/report/html/chart-layout.ts';
import { buildLaneModel } from '../../../testing/report/model/build-lane-model.ts';
import { bigPlay, commitPastFailure, staleBatch } from '../played-plans.ts';

const plays = [
  ['a commit past a failure', commitPastFailure],
  ['a stale batch', staleBatch],
  ['a big history', bigPlay(400)],
] as const;

it.each(plays)('%s: moments stand in order, and apart, in as little room as there may be', (_name, played) => {
  const model = buildLaneModel(played);
  const layout = layOutChart(model, 0);
  const events = [...new Set(model.marks.flatMap((mark) => [mark.event, ...(mark.untilEvent === null ? [] : [mark.untilEvent])]))].sort(
    (left, right) => left - right,
  );
  const places = events.map((event) => layout.xOf(event));
  const gaps = places.slice(1).map((x, index) => x - (places[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(24);
  expect(Math.max(...places)).toBeLessThan(layout.width);
});

it.each(plays)('%s: no two labels of the ruler touch', (_name, played) => {
  const layout = layOutChart(buildLaneModel(played), 0);
  const labelled = layout.ticks.filter((tick) => tick.label !== null).sort((left, right) => left.x - right.x);
  expect(labelled.filter((tick) => tick.isViolation)).toHaveLength(1);
  for (const [index, tick] of labelled.entries()) {
    const next = labelled[index + 1];
    if (next !== undefined) expect(next.x - tick.x).toBeGreaterThanOrEqual(tick.isViolation || next.isViolation ? 70 : 56);
  }
});

it('shortens quiet stretches and says so', () => {
  const layout = layOutChart(buildLaneModel(commitPastFailure), 0);
  expect(layout.gaps.map(({ label }) => label)).toEqual(['2 s']);
  expect(layout.width).toBeLessThan(800);
});

it('spreads a short story out, and never beyond reason', () => {
  const model = buildLaneModel(commitPastFailure);
  expect(layOutChart(model, 1_000).width).toBe(1_000);
  const places = (width: number): number => layOutChart(model, width).violationX;
  expect(places(10_000)).toBe(places(5_000));
});
