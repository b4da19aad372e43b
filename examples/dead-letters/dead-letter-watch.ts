import { consume, defineHandler, readLetter } from 'kafka-rehearsal';
import type { Handler } from 'kafka-rehearsal';

/** Tells somebody of every dead letter. For a service of its own: the one that writes the letters must not consume them. */
export function deadLetterWatch(tell: (reason: string, id: string) => void): Handler {
  return defineHandler({
    topic: 'payments.dead',
    handle(_value, { record }) {
      const letter = readLetter(record);
      // Null for the marks of what was redriven.
      if (letter !== null) tell(letter.reason, letter.id);
      return consume();
    },
  });
}
