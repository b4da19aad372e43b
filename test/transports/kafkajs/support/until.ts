const DEADLINE_MS = 20_000;

/** Polls until it is so; past the deadline an error says what was waited for. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, deadlineMs: number = DEADLINE_MS): Promise<void> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > deadlineMs) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** For what must not happen: as long as it would take if it did. */
export function during(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
