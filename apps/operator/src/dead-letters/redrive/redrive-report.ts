import { coordinatesText } from '#pipeline';
import { keptBytes, valueChanges, type Candidate, type Plan, type RedriveReport } from '#redrive';
import { printable } from '#terminal';
import type { Terminal } from '../../output/terminal.js';
import { LEFT_OUT } from './left-out.js';

/** How many of the left-out ids are listed for each reason. */
const NAMED_IDS = 5;

export function reportText({ sent, leftOut }: RedriveReport, isDryRun: boolean): string[] {
  const lines = [`${sent.toLocaleString('en')} ${isDryRun ? 'would be sent' : 'sent'}`];
  for (const [why, letters] of leftOut) {
    const named = letters.slice(0, NAMED_IDS).map(coordinatesText).join(', ');
    const more = letters.length > NAMED_IDS ? ', ...' : '';
    lines.push(`${letters.length.toLocaleString('en')} left out: ${LEFT_OUT[why]} (${named}${more})`);
  }
  return lines;
}

export function reportJson(
  { sent, chosen, leftOut, fault }: RedriveReport,
  found: number,
  trial: readonly object[] | null,
) {
  return {
    dryRun: trial !== null,
    chosen: found,
    done: chosen,
    sent,
    leftOut: Object.fromEntries(
      [...leftOut].map(([why, letters]) => [
        why,
        { count: letters.length, ids: letters.map(coordinatesText) },
      ]),
    ),
    ...(trial && { letters: trial }),
    fault,
  };
}

/** What a dry run would do with a letter, for people: what changes, and whether the service would store it. */
export function planText({ letter }: Candidate, plan: Plan, terminal: Terminal): string[] {
  const id = terminal.styled('bold', coordinatesText(letter));
  if (plan.value === null) {
    return [`${id}  left out: ${plan.kind === 'leave' ? LEFT_OUT[plan.why] : ''}`];
  }
  const changes = valueChanges(keptBytes(letter.value), plan.value);
  const isStored = plan.rejection === null;
  const outcome = isStored
    ? `would be ${changes.length === 0 ? 'sent unchanged' : 'sent'}`
    : `would be a dead letter again${plan.kind === 'send' ? ', sent because of --force' : ''}`;
  const line = (sign: '-' | '+', style: 'red' | 'green', field: string | null, text: string | null) =>
    text === null
      ? []
      : [terminal.styled(style, `  ${sign} ${printable(field === null ? text : `${field}: ${text}`)}`)];
  return [
    `${id}  ${terminal.styled(isStored ? 'green' : 'red', outcome)}`,
    ...changes.flatMap(({ field, before, after }) => [
      ...line('-', 'red', field, before),
      ...line('+', 'green', field, after),
    ]),
    ...(plan.rejection === null ? [] : [`  ${printable(plan.rejection)}`]),
  ];
}
