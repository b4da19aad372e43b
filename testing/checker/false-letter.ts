import { NOTHING, watching, type Invariant } from './invariant.ts';
import type { CheckerState } from './checker-state.ts';
import type { RecordState } from './record-state.ts';
import { partitionName } from './wording.ts';

/**
 * Every dead letter is true, as an independent client reads it at the end: it stands in the topic that was promised for its
 * record, the record exists and was rejected or given up, and key and value are as they came; of one that was too large, the key.
 */
export const falseLetter: Invariant = {
  name: 'false-letter',
  promise: 'Every dead letter was of a rejected record, with key and value as they came.',
  watch(state, judge) {
    const { written = [], settings } = state.history;
    const targets = new Set([settings.deadLetterTopic, ...(settings.handlers ?? []).map(({ deadLetterTopic }) => deadLetterTopic)]);
    targets.delete(null);
    targets.delete(undefined);
    if (targets.size === 0) return NOTHING;
    return watching([], {
      end() {
        const contents = contentsOf(state);
        for (const { topic, partition, messages } of written) {
          if (!targets.has(topic)) continue;
          for (const { offset, message, content, pointer } of messages) {
            if (message === null) continue;
            const record = recordOf(state, message);
            // Of a log that was replaced nothing is known.
            if (record === null) continue;
            judge.evaluated();
            const came = contents.get(message);
            const wrong = whatIsWrong(state, topic, message, record, { content, came, isPointer: pointer === true });
            if (wrong === null) continue;
            judge.violated({
              where: { topic, partition },
              offsets: [offset],
              members: [],
              at: state.lastAt,
              message: `${partitionName({ topic, partition })}: the dead letter at ${offset} says that it is ${message}, but ${wrong}. Whoever repairs by it repairs the wrong thing.`,
            });
          }
        }
      },
    });
  },
};

function whatIsWrong(
  state: CheckerState,
  target: string,
  message: string,
  record: RecordState | 'none',
  { content, came, isPointer }: { readonly content: string | undefined; readonly came: string | undefined; readonly isPointer: boolean },
): string | null {
  if (record === 'none') return 'there is no such record';
  const [topic = ''] = message.split('/');
  const promised = state.promises.of(topic).deadLetterTopic;
  if (promised !== target) return promised === null ? 'nobody promised one for its topic' : `letters of its topic belong to ${promised}`;
  if (!record.everRejected) return 'that record was never rejected';
  // Retention may have taken the record: then nobody knows any more what it was.
  if (content === undefined || came === undefined) return null;
  const isSame = isPointer ? keyOf(content) === keyOf(came) : content === came;
  return isSame ? null : 'its key or its value are not those of the record';
}

function recordOf(state: CheckerState, message: string): RecordState | 'none' | null {
  const [topic = '', partition = '', offset = ''] = message.split('/');
  const known = state.partitions.find((each) => each.topic === topic && each.partition === Number(partition));
  if (known === undefined) return null;
  return known.byOffset.get(Number(offset)) ?? 'none';
}

function contentsOf(state: CheckerState): ReadonlyMap<string, string> {
  const contents = new Map<string, string>();
  for (const { topic, partition, offsets, contents: logged = [] } of state.history.logs) {
    offsets.forEach((offset, index) => {
      const content = logged[index];
      if (content !== undefined) contents.set(`${topic}/${partition}/${offset}`, content);
    });
  }
  return contents;
}

/** The part of `contentOf` before the value. */
function keyOf(content: string): string {
  return content.slice(0, content.indexOf(' '));
}
