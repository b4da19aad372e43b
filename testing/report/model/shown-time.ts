/** A moment or a duration of the venue's time for people: `558 ms`, `2.601 s`, `3 min 07.250 s`. Never rounded: it is to be found again elsewhere. */
export function shownTime(ms: number): string {
  const whole = Math.round(ms);
  if (Math.abs(whole) < 1_000) return `${whole} ms`;
  if (Math.abs(whole) < 60_000) return `${(whole / 1_000).toFixed(3)} s`;
  const minutes = Math.trunc(whole / 60_000);
  return `${minutes} min ${(Math.abs(whole - minutes * 60_000) / 1_000).toFixed(3).padStart(6, '0')} s`;
}

/** A span for orientation, rounded: `43 ms`, `2 s`, `10 min`. */
export function shownSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${trimZero((ms / 1_000).toFixed(1))} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}
