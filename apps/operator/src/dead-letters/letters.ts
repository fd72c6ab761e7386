/** The output if nothing matches. */
export const NONE_CHOSEN = 'No dead letters match.';

/** `1 dead letter`, `1,200 dead letters` */
export function lettersText(count: number): string {
  return `${count === 0 ? 'No' : count.toLocaleString('en')} dead letter${count === 1 ? '' : 's'}`;
}
