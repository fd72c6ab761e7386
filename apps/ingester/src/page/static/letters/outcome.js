import { count } from '../words.js';

const letters = (number) => `${count(number)} ${number === 1 ? 'letter' : 'letters'}`;

/** What became of a redrive or a resolution, in one sentence each. */
export function outcomeOf({ sent, leftOut, resolved }) {
  if (resolved !== undefined) {
    return resolved === 0
      ? 'Nothing to resolve: already stored or resolved.'
      : `Resolved ${letters(resolved)}.`;
  }
  const sentences = leftOut.map(({ why, ids }) => `${letters(ids.length)} left out: ${why}.`);
  if (sent > 0) sentences.unshift(`Sent ${letters(sent)}; stored as soon as the service has read it.`);
  return sentences.join(' ');
}
