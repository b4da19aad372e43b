import type { Progress } from '../scenarios/run-scenarios.ts';
import { showCount, showDuration } from '../testing/report/show-text.ts';

const REPAINT_MS = 100;
const PLAIN_LINE_MS = 10_000;
/** A pace of less time says nothing. */
const PACE_AFTER_MS = 1_000;

/** Live progress on standard error: one line that is painted over on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #runs: number | null;
  readonly #now: () => number;
  readonly #startedAt: number;
  #scenarioStartedAt: number;
  #seenAt: number;
  #scenarioName = '';
  #paintedAt = 0;
  #isPainted = false;

  /** `runs`: how many there will be of a scenario; null where time ends it. `now`: milliseconds since whenever. */
  constructor(stream: NodeJS.WriteStream, runs: number | null, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#runs = runs;
    this.#now = now;
    this.#startedAt = this.#scenarioStartedAt = this.#seenAt = now();
  }

  see(progress: Progress): void {
    const now = this.#now();
    if (progress.scenario.name !== this.#scenarioName) {
      this.#scenarioName = progress.scenario.name;
      // It is first heard of when a run of it is over.
      this.#scenarioStartedAt = this.#seenAt;
    }
    this.#seenAt = now;
    const interval = this.#stream.isTTY ? REPAINT_MS : PLAIN_LINE_MS;
    // Silent for the first interval where nobody watches: most campaigns are over by then.
    const last = this.#paintedAt === 0 && !this.#stream.isTTY ? this.#startedAt : this.#paintedAt;
    if (now - last < interval) return;
    this.#paintedAt = now;
    const text = this.#describe(progress, now);
    if (!this.#stream.isTTY) this.#stream.write(`${text.trim()}\n`);
    else {
      const width = Math.max(20, (this.#stream.columns || 80) - 1);
      this.#stream.write(`\r\u001b[2K${text.slice(0, width)}`);
      this.#isPainted = true;
    }
  }

  /** Makes room for a line that stays. */
  clear(): void {
    if (this.#isPainted) this.#stream.write('\r\u001b[2K');
    this.#isPainted = false;
  }

  #describe({ scenario, phase, runs, counts }: Progress, now: number): string {
    const elapsed = showDuration(now - this.#startedAt);
    if (phase === 'shrinking')
      return `  … ${scenario.name}: it broke; looking for the smallest plan that shows it, ${showCount(runs)} tried (${elapsed})`;
    const faults = Object.values(counts.faults).reduce((sum, fired) => sum + fired, 0);
    const felt = [
      `${showCount(counts.deliveries)} calls`,
      `${showCount(counts.rebalances)} rebalances`,
      `${showCount(counts.crashes)} crashes`,
      `${showCount(faults)} faults`,
    ].join(', ');
    const done = `${showCount(runs)}${this.#runs === null ? '' : ` of ${showCount(this.#runs)}`} runs`;
    return `  … ${scenario.name}: ${[done, ...paceOf(runs, now - this.#scenarioStartedAt), felt].join(', ')} (${elapsed})`;
  }
}

function paceOf(runs: number, durationMs: number): readonly string[] {
  if (runs === 0 || durationMs < PACE_AFTER_MS) return [];
  const perSecond = Math.round((runs * 1_000) / durationMs);
  return [perSecond >= 2 ? `${showCount(perSecond)} a second` : `one in ${showDuration(durationMs / runs)}`];
}
