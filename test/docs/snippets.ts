/** A fenced code block of the documentation. */
export interface Snippet {
  /** Such as `docs/usage.md:41`, for messages. */
  readonly place: string;
  readonly language: string;
  /** File name given after the language (`ts file=orders.ts`), so that another block of the same page can import it; else null. */
  readonly file: string | null;
  /** Marked `run`: the block is a program that must end without an error; `throws`: with the message of the next block. */
  readonly program: 'run' | 'throws' | null;
  readonly code: string;
}

/** All fenced blocks of a page, in order. */
export function snippetsOf(page: string, markdown: string): readonly Snippet[] {
  const snippets: Snippet[] = [];
  let open: { info: string; line: number; code: string[] } | null = null;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) open?.code.push(line);
    else if (open === null) open = { info: fence[1] ?? '', line: index + 1, code: [] };
    else {
      const [language = '', ...words] = open.info.trim().split(/\s+/);
      const file = words.find((word) => word.startsWith('file='))?.slice('file='.length) ?? null;
      const program = words.includes('run') ? 'run' : words.includes('throws') ? 'throws' : null;
      snippets.push({ place: `${page}:${open.line}`, language, file, program, code: `${open.code.join('\n')}\n` });
      open = null;
    }
  }
  if (open !== null) throw new Error(`${page}:${open.line}: the code block is never closed`);
  return snippets;
}
