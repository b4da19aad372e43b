import { queryObjects } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { LaneState } from '../../src/consumer/lane-state.ts';
import { OpenRecord } from '../../src/consumer/open-record.ts';
import { record } from '../support/scripted-transport.ts';

/** A lane with records 0 to `count` − 1, each a small view of a large buffer. */
function filled(count: number): { readonly lane: LaneState; readonly opens: readonly OpenRecord[]; push(offset: number): OpenRecord } {
  const lane = new LaneState('k');
  const push = (offset: number): OpenRecord => {
    const open = new OpenRecord(record(offset, { value: Buffer.allocUnsafeSlow(100).subarray(0, 10) }), offset);
    lane.push(open);
    return open;
  };
  return { lane, push, opens: Array.from({ length: count }, (_, offset) => push(offset)) };
}

function done(lane: LaneState, opens: readonly OpenRecord[]): void {
  for (const open of opens) {
    open.state = 'done';
    lane.recordDone();
  }
}

/** After a collection of all garbage. */
const alive = (): number => queryObjects(OpenRecord, { format: 'count' });

const isCompact = (open: OpenRecord): boolean => open.record.value?.buffer.byteLength === 10;

describe('a lane', () => {
  test('gives its records in order, past those that are done, and begins anew at the first that is open', () => {
    const { lane, opens } = filled(5);
    lane.take();
    lane.take();
    expect(lane.deliverable).toBe(opens[2]);
    done(lane, [opens[1] as OpenRecord, opens[2] as OpenRecord]);
    lane.settle();
    expect([lane.head, lane.deliverable]).toEqual([opens[0], opens[0]]);
    lane.take();
    expect(lane.deliverable).toBe(opens[3]);
  });

  test('is held up by a record that waits for its time or for a decision, not by a call', () => {
    const { lane, opens } = filled(2);
    expect([lane.isHeldUp, new LaneState('empty').isHeldUp]).toEqual([false, false]);
    const head = opens[0] as OpenRecord;
    head.retryAt = 5;
    expect([lane.deliverable, lane.isHeldUp]).toEqual([undefined, true]);
    head.retryAt = null;
    for (const state of ['halted', 'marking', 'running'] as const) {
      head.state = state;
      expect(lane.isHeldUp).toBe(true);
    }
    lane.taken = 'called';
    expect(lane.isHeldUp).toBe(false);
  });

  test('gives each record bytes of its own once, also after much of it has left', () => {
    const { lane, opens, push } = filled(100);
    lane.compact();
    expect(opens.every(isCompact)).toBe(true);
    done(lane, opens.slice(10));
    lane.settle();
    const later = [push(100), push(101)];
    expect(later.some(isCompact)).toBe(false);
    lane.compact();
    expect(later.every(isCompact)).toBe(true);
    const [first] = opens;
    const kept = first?.record;
    lane.compact();
    expect(first?.record).toBe(kept);
  });

  test('knows what was compacted of it when records that came later are cut out as well', () => {
    const { lane, opens, push } = filled(10);
    lane.compact();
    const later = Array.from({ length: 100 }, (_, index) => push(10 + index));
    done(lane, [...opens.slice(5), ...later.slice(0, 90)]);
    lane.settle();
    lane.compact();
    expect(later.slice(90).every(isCompact)).toBe(true);
  });

  test('that was compacted before it ran empty compacts what comes then', () => {
    const { lane, opens, push } = filled(3);
    lane.compact();
    done(lane, opens);
    lane.settle();
    expect(lane.isEmpty).toBe(true);
    const later = push(3);
    lane.compact();
    expect(isCompact(later)).toBe(true);
  });

  test('keeps what is open in order when what is done among it is cut out', () => {
    const { lane, opens } = filled(200);
    done(lane, opens.filter((_, index) => index % 3 !== 0)); // prettier-ignore
    lane.settle();
    const left: number[] = [];
    for (let open = lane.deliverable; open !== undefined; open = lane.deliverable) {
      left.push(open.record.offset);
      lane.take();
    }
    expect(left).toEqual(opens.filter((_, index) => index % 3 === 0).map((open) => open.record.offset)); // prettier-ignore
  });

  test.each([
    ['runs empty', 10, 0, 0],
    ['has one open record at its front, once it is much', 200, 1, 1],
    ['has open records, and as many that are done', 200, 100, 100],
  ])('lets go of what is done when it %s', (_when, count, open, left) => {
    const before = alive();
    const lane = new LaneState('k');
    const opens = Array.from({ length: count }, (_, offset) => new OpenRecord(record(offset), offset));
    for (const each of opens) lane.push(each);
    done(lane, opens.slice(open));
    opens.length = 0;
    lane.settle();
    expect(lane.isEmpty).toBe(left === 0);
    // One more may still be in somebody's hand.
    expect(alive() - before).toBeLessThanOrEqual(left + 1);
  });
});
