import type { CallOutcome, Where } from './history.ts';
import type { Observation } from '../../src/observation.ts';
import { isPolicy } from './exhausted-records.ts';
import { watching, type Invariant } from './invariant.ts';
import { activeHolding } from './ownership.ts';
import { ToldLedgers } from './told-ledgers.ts';
import { partitionName } from './wording.ts';

/**
 * The runtime's word against the others': an action that it reports is the one that the handler gave for that delivery; a
 * commit that it reports as sent or acknowledged was sent or acknowledged at the client boundary; and an acknowledged
 * commit is what the broker stores when it is asked afterwards, unless another commit or another owner came between, or an earlier
 * commit was still on its way, which may land after it. A record that it gives up or halts its lane for by the options of the handler
 * has used them up, a dead letter that it reports was acknowledged to its client, and a record that it says was done already is done
 * by the metadata that the assignment began with. A call of which it says that it hangs has taken as long as its handler's options
 * give it.
 */
export const untrueObservation: Invariant = {
  name: 'untrue-observation',
  promise: 'What the runtime reported is what the handlers did and what the broker stored.',
  watch(state, judge) {
    const { observes } = state.history.settings;
    const answers = new Map<string, CallOutcome>();
    const commits = new Set<string>();
    const promised = new Map<string, { readonly offset: number; readonly settledAs: number; readonly member: string }>();
    /** Sent and not settled since the last assignment, by partition: what was sent in an older generation is refused. */
    const onTheirWay = new Map<string, Set<number>>();
    const violated = (at: number, where: Where, member: string, offset: number, message: string): void =>
      judge.violated({ where, offsets: [offset], members: [member], at, message: `${partitionName(where)}: ${message}` });

    const told = new ToldLedgers();
    const letters = new Set<string>();
    const announced = new Map<
      string,
      { readonly observation: Extract<Observation, { readonly kind: 'commit-sent' }>; readonly at: number }
    >();
    const unknownToClient = (
      observation: Extract<Observation, { readonly kind: 'commit-sent' | 'commit-settled' }>,
      word: string,
      at: number,
    ): void => {
      const message = `the runtime reported that its commit of offset ${observation.offset} was ${word}; its client knows nothing of that.`;
      violated(at, observation, observation.member, observation.offset, message);
    };

    const judgeObservation = (observation: Observation, at: number): void => {
      switch (observation.kind) {
        case 'action': {
          judge.evaluated();
          const delivery = deliveryKey(observation);
          const answer = answers.get(delivery);
          // A policy's Reject is made of what the handler answered before, and perhaps of a deadline that has passed.
          if (isPolicy(observation)) return judgePolicy(observation, at);
          answers.delete(delivery);
          if (answer === observation.action) return;
          const was = answer === undefined ? 'gave no answer to that delivery' : `answered ${answer}`;
          violated(
            at,
            observation,
            observation.member,
            observation.offset,
            `the runtime reported ${observation.action} for record ${observation.offset}, but its handler ${was}.`,
          );
          return;
        }
        case 'lane-halted':
          if (observation.error.code === 'HANDLER_HUNG') judgeHung(observation, at);
          else if (observation.error.code === 'RECORD_EXHAUSTED') judgeHalt(observation, at);
          return;
        case 'commit-sent': {
          judge.evaluated();
          // It may be told just before it is done; then the client must know of it by the end.
          const key = commitKey(observation.member, observation, observation.epoch, observation.offset, 'sent');
          if (!commits.has(key)) announced.set(key, { observation, at });
          return;
        }
        case 'commit-settled': {
          judge.evaluated();
          if (commits.has(commitKey(observation.member, observation, observation.epoch, observation.offset, observation.outcome))) return;
          unknownToClient(observation, observation.outcome, at);
          return;
        }
        case 'dead-lettered': {
          judge.evaluated();
          const { topic, partition, offset, target, targetPartition } = observation;
          if (letters.has(`${observation.member} ${target} ${targetPartition} ${topic}/${partition}/${offset}`)) return;
          const message = `the runtime reported that the dead letter of record ${offset} was acknowledged by ${target}-${targetPartition}; its client knows nothing of that.`;
          violated(at, observation, observation.member, offset, message);
          return;
        }
        default:
          return;
      }
    };
    const judgePolicy = (observation: Extract<Observation, { readonly kind: 'action' }>, at: number): void => {
      const partition = state.partition(observation);
      const record = partition.byOffset.get(observation.offset);
      const holding = activeHolding(partition, observation.member);
      if (record === undefined || holding === null || state.exhausted.isBorneOut(observation, record, holding, at)) return;
      const message = `the runtime gave record ${observation.offset} up as ${observation.reason}, but by its handler's answers nothing was used up.`;
      violated(at, observation, observation.member, observation.offset, message);
    };

    const judgeHung = (observation: Extract<Observation, { readonly kind: 'lane-halted' }>, at: number): void => {
      const { hungAfterMs } = state.promises.of(observation.topic);
      const { member, offset } = observation;
      const record = state.partition(observation).byOffset.get(offset);
      if (hungAfterMs === null || record === undefined) return;
      judge.evaluated();
      const sinceAtLeast = at - hungAfterMs + (state.history.settings.clockSlackMs ?? 0);
      for (const running of state.runningCalls.values())
        if (running.member === member && running.record === record && running.startedAt <= sinceAtLeast) return;
      const message = `the runtime reported that a call with record ${offset} hangs, and its lane stands still; none that runs has taken the ${hungAfterMs} ms that its handler's options give it.`;
      violated(at, observation, member, offset, message);
    };

    const judgeHalt = (observation: Extract<Observation, { readonly kind: 'lane-halted' }>, at: number): void => {
      const partition = state.partition(observation);
      const { topic, member, offset, epoch } = observation;
      const record = partition.byOffset.get(offset);
      const holding = activeHolding(partition, member);
      if (record === undefined || holding === null || holding.epoch !== epoch) return;
      judge.evaluated();
      if (state.exhausted.isHaltBorneOut(topic, record, holding, at)) return;
      const message = `the runtime reported that the lane of record ${offset} stands still because its attempts are used up, but by its handler's answers they are not.`;
      violated(at, observation, member, offset, message);
    };

    const judgeDone = (observation: Extract<Observation, { readonly kind: 'already-done' }>, at: number): void => {
      judge.evaluated();
      if (told.isDone(observation) !== false) return;
      const message = `the runtime reported that record ${observation.offset} was done already, by the metadata of the commit; that says nothing of the kind.`;
      violated(at, observation, observation.member, observation.offset, message);
    };

    const kinds = [
      'call-ended',
      'client-commit-sent',
      'client-commit-settled',
      'client-produce-settled',
      'client-assigned',
      'client-batch',
      'committed',
      'observed',
    ] as const;
    return watching(kinds, {
      always(event) {
        if (event.kind === 'client-assigned') told.assigned(event);
        else if (event.kind === 'client-batch') told.fetched(event);
        else if (observes && event.kind === 'observed' && event.observation.kind === 'already-done') judgeDone(event.observation, event.at);
      },
      see(event) {
        switch (event.kind) {
          case 'call-ended':
            if (observes) answers.set(deliveryKey(event), event.outcome);
            return;
          case 'client-commit-sent': {
            const name = partitionName(event);
            const key = commitKey(event.member, event, event.epoch, event.offset, 'sent');
            if (observes) commits.add(key);
            announced.delete(key);
            // Until it is settled, the broker may store either.
            promised.delete(name);
            onTheirWay.set(name, (onTheirWay.get(name) ?? new Set<number>()).add(event.commit));
            return;
          }
          case 'client-commit-settled': {
            const name = partitionName(event);
            if (observes) commits.add(commitKey(event.member, event, event.epoch, event.offset, event.outcome));
            const unsettled = onTheirWay.get(name);
            unsettled?.delete(event.commit);
            if (event.outcome === 'acknowledged' && (unsettled?.size ?? 0) === 0)
              promised.set(name, { offset: event.offset, settledAs: state.seen + 1, member: event.member });
            return;
          }
          case 'client-produce-settled':
            if (!observes || event.outcome !== 'acknowledged') return;
            for (const message of event.messages) letters.add(`${event.member} ${event.topic} ${event.partition} ${message}`);
            return;
          case 'client-assigned':
            promised.delete(partitionName(event));
            onTheirWay.delete(partitionName(event));
            return;
          case 'committed': {
            const promise = promised.get(partitionName(event));
            if (promise === undefined || event.askedAfter < promise.settledAs) return;
            judge.evaluated();
            promised.delete(partitionName(event));
            // A higher one is another commit's; only what was promised and is not there is untrue.
            if (event.offset !== null && event.offset >= promise.offset) return;
            violated(
              event.at,
              event,
              promise.member,
              promise.offset,
              `the commit of offset ${promise.offset} was acknowledged, but the broker stores ${event.offset ?? 'none'}: after a restart that work is done again.`,
            );
            return;
          }
          case 'observed':
            if (observes) judgeObservation(event.observation, event.at);
            return;
          default:
            return;
        }
      },
      end() {
        for (const { observation, at } of announced.values()) unknownToClient(observation, 'sent', at);
      },
    });
  },
};

function deliveryKey(delivery: Where & { readonly member: string; readonly offset: number; readonly attempt: number }): string {
  return `${delivery.member} ${delivery.topic} ${delivery.partition} ${delivery.offset} ${delivery.attempt}`;
}

function commitKey(member: string, where: Where, epoch: number, offset: number, word: string): string {
  return `${member} ${where.topic} ${where.partition} ${epoch} ${offset} ${word}`;
}
