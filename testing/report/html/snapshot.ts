import { partitionSnapshot, type PartitionSnapshot, type RecordStanding } from '../model/partition-snapshot.ts';
import { placeName } from '../model/mark-draft.ts';
import type { PlayedPlan } from '../model/played-plan.ts';
import { shownTime } from '../model/shown-time.ts';
import { GLYPHS, type GlyphName } from './glyphs.ts';
import { html, type Markup } from './markup.ts';

const CELL = 76;
const EDGE = 12;
/** The end of the partition's lines of words. */
const HEIGHT = 146;
/** Room for the words over the bracket on one line. */
const COVERED_ROOM = 150;
const WORDS: Readonly<Record<RecordStanding, readonly [word: string, glyph: GlyphName]>> = {
  consumed: ['done', 'check'],
  rejected: ['rejected', 'ban'],
  skipped: ['skipped, still due', 'again'],
  failed: ['failed, still due', 'cross'],
  running: ['running', 'dots'],
  stale: ['too late, still due', 'cross'],
  waiting: ['waiting', 'dots'],
  removed: ['removed', 'drop'],
};

/** The log of the violated partition as boxes, and the mark that the group would go on from. */
export function drawSnapshot(played: PlayedPlan, id: string): Markup | null {
  const snapshot = partitionSnapshot(played);
  if (snapshot === null) return null;
  const { records, committed, omitted } = snapshot;
  const width = Math.max(300, records.length * CELL + 24);
  const pointer = committed === null ? null : pointerX(records, committed);
  const words = `${placeName(snapshot)} when the promise broke: ${records.map((record) => `record ${record.offset} ${WORDS[record.standing][0]}`).join(', ')}; ${committed === null ? 'nothing committed' : `committed offset ${committed}`}.`;
  return html`<section class="snapshot" aria-labelledby="${id}-snapshot"><h3 id="${id}-snapshot">${placeName(snapshot)} at ${shownTime(played.violation.at)}, when the promise broke</h3>
    <div class="snapshot-scroll"><svg width="${width}" height="${pointer === null ? 92 : HEIGHT}" viewBox="0 ${pointer === null ? 20 : -14} ${width} ${pointer === null ? 92 : HEIGHT}" role="img" aria-label="${words}">
      ${committed !== null && pointer !== null && pointer > EDGE ? coveredWords(pointer) : null}
      ${records.map((record, index) => {
        const x = EDGE + index * CELL;
        const [word, sign] = WORDS[record.standing];
        return html`<g class="record record-${record.standing}${record.isConcerned ? ' concerned' : ''}"><rect x="${x + 2}" y="26" width="${CELL - 4}" height="44" rx="5"/>
          <text class="record-offset" x="${x + CELL / 2 - 8}" y="53" text-anchor="middle">${record.offset}</text><path class="glyph" d="${GLYPHS[sign]}" transform="translate(${x + CELL / 2 + 3} 42)"/>
          ${word.split(', ').map((part, line) => html`<text class="record-word" x="${x + CELL / 2}" y="${86 + 14 * line}" text-anchor="middle">${part}${line === 0 && word.includes(', ') ? ',' : ''}</text>`)}</g>`;
      })}
      ${pointer === null ? null : html`<g class="pointer"><line x1="${pointer}" y1="14" x2="${pointer}" y2="110"/><text x="${Math.max(4, Math.min(pointer, width - 4))}" y="126" text-anchor="${anchorOf(pointer, width)}">committed: ${committed}</text></g>`}
    </svg></div>
    <p class="small">${restartWords(snapshot, pointer, played)}${omitted.before + omitted.after > 0 ? ` ${omitted.before + omitted.after} more records are not shown.` : ''}</p>
  </section>`;
}

/** Not wider than its bracket. */
function coveredWords(pointer: number): Markup {
  const lines = pointer - EDGE >= COVERED_ROOM ? ['Kafka takes this for done'] : ['Kafka takes', 'this for done'];
  return html`<path class="covered" d="M12 20V14H${pointer}V20"/>${lines.map((text, index) => html`<text class="covered-text" x="${EDGE}" y="${9 - 13 * (lines.length - 1 - index)}">${text}</text>`)}`;
}

function restartWords({ committed, logEnd }: PartitionSnapshot, pointer: number | null, { history }: PlayedPlan): string {
  if (committed === null) {
    return history.settings.offsetReset === 'latest'
      ? 'The group has committed nothing: a restart begins at the end of the log, and none of these is delivered again.'
      : 'The group has committed nothing: a restart begins at the first record.';
  }
  const behind =
    pointer !== null && pointer > EDGE
      ? '; what stands to the left of the line is not delivered again.'
      : ', so all of these are delivered again.';
  const place = committed >= logEnd ? `offset ${committed}, the end of the log` : `record ${committed}`;
  return `After a restart at this moment the group goes on at ${place}${behind}`;
}

function pointerX(records: readonly { readonly offset: number }[], committed: number): number {
  const index = records.findIndex((record) => record.offset >= committed);
  return EDGE + (index < 0 ? records.length : index) * CELL;
}

function anchorOf(x: number, width: number): string {
  if (x < 60) return 'start';
  return x > width - 60 ? 'end' : 'middle';
}
