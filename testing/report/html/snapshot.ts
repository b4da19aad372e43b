import { partitionSnapshot, type RecordStanding } from '../model/partition-snapshot.ts';
import { placeName } from '../model/mark-draft.ts';
import type { PlayedPlan } from '../model/played-plan.ts';
import { shownTime } from '../model/shown-time.ts';
import { GLYPHS, type GlyphName } from './glyphs.ts';
import { html, type Markup } from './markup.ts';

const CELL = 58;
const EDGE = 12;
const WORDS: Readonly<Record<RecordStanding, readonly [word: string, glyph: GlyphName]>> = {
  consumed: ['done', 'check'],
  rejected: ['rejected', 'ban'],
  skipped: ['skipped', 'again'],
  failed: ['failed', 'cross'],
  running: ['running', 'dots'],
  stale: ['too late', 'cross'],
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
  return html`<section class="snapshot" aria-labelledby="${id}-snapshot"><h3 id="${id}-snapshot">${placeName(snapshot)} at ${shownTime(played.violation.at)}</h3>
    <div class="snapshot-scroll"><svg width="${width}" height="${pointer === null ? 72 : 132}" viewBox="0 ${pointer === null ? 20 : 0} ${width} ${pointer === null ? 72 : 132}" role="img" aria-label="${words}">
      ${committed !== null && pointer !== null && pointer > EDGE ? html`<path class="covered" d="M12 20V14H${pointer}V20"/><text class="covered-text" x="${EDGE}" y="9">Kafka takes this for done</text>` : null}
      ${records.map((record, index) => {
        const x = EDGE + index * CELL;
        const [word, sign] = WORDS[record.standing];
        return html`<g class="record record-${record.standing}${record.isConcerned ? ' concerned' : ''}"><rect x="${x + 2}" y="26" width="${CELL - 4}" height="44" rx="5"/>
          <text class="record-offset" x="${x + CELL / 2 - 8}" y="53" text-anchor="middle">${record.offset}</text><path class="glyph" d="${GLYPHS[sign]}" transform="translate(${x + CELL / 2 + 3} 42)"/>
          <text class="record-word" x="${x + CELL / 2}" y="86" text-anchor="middle">${word}</text></g>`;
      })}
      ${pointer === null ? null : html`<g class="pointer"><line x1="${pointer}" y1="14" x2="${pointer}" y2="104"/><text x="${Math.max(4, Math.min(pointer, width - 4))}" y="120" text-anchor="${anchorOf(pointer, width)}">committed: ${committed}</text></g>`}
    </svg></div>
    <p class="small">${restartWords(committed, pointer, played)}${omitted.before + omitted.after > 0 ? ` ${omitted.before + omitted.after} more records are not shown.` : ''}</p>
  </section>`;
}

function restartWords(committed: number | null, pointer: number | null, { history }: PlayedPlan): string {
  if (committed === null) {
    return history.settings.offsetReset === 'latest'
      ? 'The group has committed nothing: a restart begins at the end of the log, and none of these is delivered again.'
      : 'The group has committed nothing: a restart begins at the first record.';
  }
  const behind =
    pointer !== null && pointer > EDGE
      ? '; what stands to the left of the line is not delivered again.'
      : ', so all of these are delivered again.';
  return `After a restart the group goes on at record ${committed}${behind}`;
}

function pointerX(records: readonly { readonly offset: number }[], committed: number): number {
  const index = records.findIndex((record) => record.offset >= committed);
  return EDGE + (index < 0 ? records.length : index) * CELL;
}

function anchorOf(x: number, width: number): string {
  if (x < 60) return 'start';
  return x > width - 60 ? 'end' : 'middle';
}
