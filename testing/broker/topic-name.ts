/** What is wrong with a topic's name, or null. Source: org.apache.kafka.common.internals.Topic.validate. */
export function topicNameProblem(name: string): string | null {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed';
  if (name === '.' || name === '..') return `Topic name is invalid: '.' or '..' is not allowed`;
  if (name.length > 249) return `Topic name is invalid: the length of '${name}' is longer than the max allowed length 249`;
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  return null;
}

/** Names that differ only in '.' and '_' collide: their metrics would have one name. */
export function topicNamesCollide(left: string, right: string): boolean {
  return left.replaceAll('.', '_') === right.replaceAll('.', '_');
}
