import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../cli/exit-status.ts';

/** A command behind an npm script: it knows `--help`, and ends with status 2 when it is called wrongly, before it has done anything. */
export function scriptCommand(name: string, description: string): Command {
  return new Command(`npm run ${name} --`)
    .description(description)
    .showHelpAfterError('(--help says what there is)')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.held : EXIT.usage));
}

/** A list such as `partition,key`, of given words and nothing else. */
export function listOf<Word extends string>(words: readonly Word[]): (text: string) => readonly Word[] {
  return (text) =>
    text.split(',').map((word) => {
      const found = words.find((each) => each === word.trim());
      if (found === undefined)
        throw new InvalidArgumentError(`Expected some of ${words.join(', ')}, separated by commas; ${JSON.stringify(word)} is none.`);
      return found;
    });
}
