import type { Client } from './client.ts';

/** How soon it sees that a topic which was not there has been made. */
const MISSING_TOPIC_AGE_MS = 5_000;

/** The group's leader looks now and then whether its topics still have the partitions that it assigned; if not, `changed` once. */
export function watchTopics(
  client: Client,
  assignedFrom: ReadonlyMap<string, number>,
  requestTimeoutMs: number,
  isCurrent: () => boolean,
  changed: () => void,
): { readonly cancel: () => void } {
  const topics = [...assignedFrom.keys()];
  const ageMs = [...assignedFrom.values()].includes(0) ? Math.min(MISSING_TOPIC_AGE_MS, client.metadataMaxAgeMs) : client.metadataMaxAgeMs;
  const look = async (): Promise<void> => {
    const described = await client.refresh(topics, requestTimeoutMs);
    if (!isCurrent()) return;
    if (described.some(({ name, partitions }) => partitions.length !== assignedFrom.get(name))) changed();
    else next();
  };
  let timer = client.clock.setTimer(ageMs, onAge);
  const next = (): void => {
    timer = client.clock.setTimer(ageMs, onAge);
  };
  function onAge(): void {
    // No answer: at the next age again.
    if (isCurrent()) look().catch(next);
  }
  return { cancel: () => timer.cancel() };
}
