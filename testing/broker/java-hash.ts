/** `String.hashCode` of Java: where a group's coordinator is, and which protocol wins a tie, depend on it. */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  return hash;
}

/** `Utils.abs` of Kafka: the smallest integer, which has no counterpart, becomes 0. */
export function kafkaAbs(value: number): number {
  return value === -2_147_483_648 ? 0 : Math.abs(value);
}
