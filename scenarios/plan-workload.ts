import type { HistoryEvent, Where } from '../testing/checker/history.ts';
import type { Plan, PlanOp, PlanValue } from '../testing/scenario/plan.ts';
import type { Venue } from '../testing/venue.ts';
import type { HistoryRecorder } from '../testing/witness/history-recorder.ts';
import { OPERATION_HEADER } from './plan-world.ts';

type ProduceOp = Extract<PlanOp, { readonly op: 'produce' }>;

const encoder = new TextEncoder();
/** The longest text that is encoded by hand, which is quicker for a few plain characters. */
const MAX_SHORT_TEXT = 24;

/** Records of the plan: written by the venue's own client, and followed until each is done and committed. */
export class PlanWorkload {
  readonly #venue: Venue;
  readonly #recorder: HistoryRecorder;
  /** Written, and whether the last answer was Consume or Reject; by `topic-partition` and offset. */
  readonly #done = new Map<string, Map<number, boolean>>();
  readonly #places = new Map<string, { readonly topic: string; readonly partition: number; end: number }>();
  readonly #replaced = new Set<string>();
  /** Records that somebody sends to the dead letters where their lanes stand still, as `topic-partition/offset`. */
  readonly #forLetters = new Set<string>();
  #open = 0;

  constructor(_plan: Plan, venue: Venue, recorder: HistoryRecorder) {
    this.#venue = venue;
    this.#recorder = recorder;
  }

  async produce(operation: number, op: ProduceOp): Promise<void> {
    const { topic, partition } = op;
    const record = {
      key: op.key === null ? null : encode(op.key),
      value: bytesOf(op.value),
      headers: [
        ...(op.headers ?? []).map(([name, value]) => [name, bytesOf(value)] as const),
        [OPERATION_HEADER, encode(String(operation))] as const,
      ],
      timestamp: this.#venue.clock.now(),
    };
    const offset = await this.#venue.produce(topic, partition, [record]);
    if (op.script?.whenHalted === 'dead-letter') this.#forLetters.add(`${topic}-${partition}/${offset}`);
    this.#recorder.record({ kind: 'produced', topic, partition, offset, key: op.key, tombstone: op.value === null });
  }

  /** What somebody decides for whose lane stands still for this record. */
  decisionOn({ topic, partition, offset }: Where & { readonly offset: number }): 'retry' | 'dead-letter' {
    return this.#forLetters.has(`${topic}-${partition}/${offset}`) ? 'dead-letter' : 'retry';
  }

  see(event: HistoryEvent): void {
    if (event.kind === 'log-replaced') this.#forget(event, Number.POSITIVE_INFINITY, true);
    else if (event.kind === 'log-start-moved') this.#forget(event, event.offset, false);
    else if ('topic' in event && this.#replaced.has(`${event.topic}-${event.partition}`)) return;
    else if (event.kind === 'produced') {
      const name = `${event.topic}-${event.partition}`;
      const place = this.#places.get(name);
      if (place === undefined) this.#places.set(name, { topic: event.topic, partition: event.partition, end: event.offset + 1 });
      else place.end = Math.max(place.end, event.offset + 1);
      // A fast member may have handled it before its producer was told.
      this.#mark(name, event.offset, this.#done.get(name)?.get(event.offset) ?? false);
    } else if (event.kind === 'observed') {
      // Given up by the handler's options, without an answer that says so.
      const { observation } = event;
      if (observation.kind !== 'action' || observation.action !== 'reject') return;
      if (!this.#replaced.has(`${observation.topic}-${observation.partition}`))
        this.#mark(`${observation.topic}-${observation.partition}`, observation.offset, true);
    } else if (event.kind === 'call-ended') {
      this.#mark(`${event.topic}-${event.partition}`, event.offset, event.outcome === 'consume' || event.outcome === 'reject');
    }
  }

  /** Records below `offset` are gone. `replaced`: what comes later is not waited for either, offsets mean something else. */
  #forget({ topic, partition }: Where, offset: number, replaced: boolean): void {
    const name = `${topic}-${partition}`;
    const offsets = this.#done.get(name);
    for (const [each, done] of offsets ?? []) {
      if (each >= offset) continue;
      if (!done) this.#open -= 1;
      offsets?.delete(each);
    }
    if (!replaced) return;
    this.#replaced.add(name);
    this.#places.delete(name);
  }

  isDone(): boolean {
    return this.#open === 0;
  }

  isCommitted(stored: (topic: string, partition: number) => number | null): boolean {
    for (const { topic, partition, end } of this.#places.values()) {
      if ((stored(topic, partition) ?? 0) < end) return false;
    }
    return true;
  }

  describeOpen(stored: (topic: string, partition: number) => number | null): string {
    const parts: string[] = [];
    for (const [name, offsets] of this.#done) {
      const open = [...offsets].filter(([, done]) => !done).map(([offset]) => offset);
      if (open.length > 0) parts.push(`${name}: open ${open.slice(0, 10).join(', ')}`);
    }
    for (const { topic, partition, end } of this.#places.values()) {
      const committed = stored(topic, partition);
      if ((committed ?? 0) < end) parts.push(`${topic}-${partition}: committed ${committed ?? 'nothing'} of ${end}`);
    }
    return `every record to be done and committed (${parts.join('; ')})`;
  }

  #mark(name: string, offset: number, done: boolean): void {
    let offsets = this.#done.get(name);
    if (offsets === undefined) this.#done.set(name, (offsets = new Map()));
    const before = offsets.get(offset);
    if (before === false) this.#open -= 1;
    if (!done) this.#open += 1;
    offsets.set(offset, done);
  }
}

function bytesOf(value: PlanValue): Uint8Array | null {
  if (value === null) return null;
  return typeof value === 'string' ? encode(value) : new Uint8Array(Buffer.from(value.base64, 'base64'));
}

function encode(text: string): Uint8Array {
  if (text.length > MAX_SHORT_TEXT) return encoder.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return encoder.encode(text);
    bytes[index] = code;
  }
  return bytes;
}
