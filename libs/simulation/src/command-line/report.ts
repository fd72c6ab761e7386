import { createHash } from 'node:crypto';
import { KNOWN_FAULT_NAMES } from '../known-faults.js';
import { isRemaking } from '../scenario/plan.js';
import type { RunResult } from '../scenario/simulate.js';
import { timeText } from '../time/world.js';

/** The result of one run. */
export function runText({ plan, violation, ...result }: RunResult): string {
  const { faults, messages, batches, simulatedMs, digest } = result;
  const time = timeText(simulatedMs).slice(0, -4);
  const kind = isRemaking(plan) ? ', topic made anew' : '';
  const size = `${faults} faults, ${count(messages)} messages in ${count(batches)} batches${kind}; trace ${digest}`;
  const head = `seed ${plan.seed}  ${time}  `;
  return violation === null ? `${head}kept    ${size}` : `${head}BROKEN  ${violation}\n        after ${size}`;
}

/** The results of all runs. */
export function summary(results: readonly RunResult[]): string {
  const sum = (of: (result: RunResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const broken = sum(({ violation }) => (violation === null ? 0 : 1));
  const hours = sum(({ simulatedMs }) => simulatedMs) / 3_600_000;
  const seen = [...KNOWN_FAULT_NAMES, 'liveness'].flatMap((name) => {
    const times = sum((result) => result.seen.get(name) ?? 0);
    return times === 0 ? [] : [`${name} ${times}`];
  });
  return [
    `${count(results.length)} worlds, ${broken} of them broken: ${hours.toFixed(1)} simulated hours with ` +
      `${count(sum(({ faults }) => faults))} faults and ${count(sum(({ messages }) => messages))} messages in ` +
      `${(sum(({ realMs }) => realMs) / 1000).toFixed(0)} s.`,
    `All traces: ${digestOf(results)}`,
    ...(seen.length === 0 ? [] : [`Pods restarted for: ${seen.join(', ')}.`]),
  ].join('\n');
}

/** Equal for the same worlds and the same product, whenever and wherever they run. */
function digestOf(results: readonly RunResult[]): string {
  const hash = createHash('sha256');
  for (const { digest } of results) hash.update(digest);
  return hash.digest('hex').slice(0, 16);
}

export function count(number: number): string {
  return number.toLocaleString('en');
}
