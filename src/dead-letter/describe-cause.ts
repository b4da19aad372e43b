import { boundedText } from './bounded-text.ts';

const MOST_CLASS_BYTES = 128;
/** Enough for a message, too little for a record's value or a stack. */
const MOST_MESSAGE_BYTES = 1_024;

/** Of a cause what travels with a dead letter. */
export interface DescribedCause {
  /** The name of the error's class, or the type of what was thrown instead of an error; null without a cause. At most 128 bytes. */
  readonly errorClass: string | null;
  /** The error's message, or the text that was thrown; at most 1,024 bytes of UTF-8. */
  readonly errorMessage: string | null;
}

/**
 * The class and the message of whatever a handler gave as a cause or threw, nothing else: no stack, no fields, no cause of
 * the cause. A message may quote the record (`JSON.parse` does); where the letter goes the record goes too, so that it tells
 * nobody more, but logs and tables leave it out. Never throws, whatever was thrown.
 */
export function describeCause(cause: unknown): DescribedCause {
  if (cause === undefined || cause === null) return { errorClass: null, errorMessage: null };
  try {
    const message = typeof cause === 'string' ? cause : (cause as { readonly message?: unknown }).message;
    return {
      errorClass: boundedText(classOf(cause), MOST_CLASS_BYTES),
      errorMessage: typeof message === 'string' && message !== '' ? boundedText(message, MOST_MESSAGE_BYTES) : null,
    };
  } catch {
    // A getter or a proxy of the application's that throws: its record is to be written all the same.
    return { errorClass: typeof cause, errorMessage: null };
  }
}

function classOf(cause: NonNullable<unknown>): string {
  if (typeof cause !== 'object') return typeof cause;
  const { name, constructor } = cause as { readonly name?: unknown; readonly constructor?: { readonly name?: unknown } };
  // A subclass that does not set its name inherits "Error".
  if (cause instanceof Error && typeof name === 'string' && name !== '' && name !== 'Error') return name;
  const className = constructor?.name;
  return typeof className === 'string' && className !== '' ? className : 'object';
}
