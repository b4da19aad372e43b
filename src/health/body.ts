/** A body that is not taken, and the status that says so. */
export class BodyError extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** A topic's name, two numbers, and room. */
const LONGEST_BODY = 10_000;

/** Also keeps away what a browser sends to foreign sites without asking them: that is never JSON. */
export function requireJson(contentType: string | null): void {
  if (contentType === null || !/^application\/json\s*(;|$)/i.test(contentType))
    throw new BodyError(415, 'expected Content-Type: application/json');
}

/** Reads at most 10,000 bytes. */
export async function readJson(chunks: AsyncIterable<Uint8Array | string> | Iterable<string>): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new BodyError(413, `the body has more than ${LONGEST_BODY} bytes`);
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new BodyError(400, 'the body is no JSON');
  }
}
