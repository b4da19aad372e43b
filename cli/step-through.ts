import { createInterface } from 'node:readline/promises';

const HELP = 'Enter: next   10 Enter: ten more   a: all the rest   q: quit';

/** Shows lines one at a time, as a person asks for them on a terminal; all at once where nobody can ask. */
export async function stepThrough(lines: readonly string[], input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<void> {
  if (!input.isTTY || !output.isTTY) {
    output.write(`${lines.join('\n')}\n`);
    return;
  }
  const questions = createInterface({ input, output });
  try {
    output.write(`${HELP}\n`);
    let shown = 0;
    while (shown < lines.length) {
      const answer = (await questions.question(`${lines[shown]} `)).trim();
      shown += 1;
      if (answer === 'q') return;
      const more = answer === 'a' ? lines.length : Number.parseInt(answer, 10) - 1;
      if (!(more > 0)) continue;
      output.write(`${lines.slice(shown, shown + more).join('\n')}\n`);
      shown += more;
    }
  } finally {
    questions.close();
  }
}
