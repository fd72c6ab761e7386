import type { ClaimOutcome } from '#warehouse';
import { printable } from '#terminal';
import type { Terminal } from '../output/terminal.js';

const MARKS = {
  holds: (terminal) => terminal.styled('green', '✓'),
  broken: (terminal) => terminal.styled('red', '✗'),
  'not tried': () => '-',
  'not supported': () => '-',
} as const satisfies Record<ClaimOutcome['result'], (terminal: Terminal) => string>;

/** A claim with its result, below the group's title if it is the first of its group. */
export function claimLine(
  outcome: ClaimOutcome,
  before: ClaimOutcome | undefined,
  terminal: Terminal,
): string {
  const { group, claim, result, seen, ifBroken, seconds } = outcome;
  const title = before?.group === group ? '' : `\n${terminal.styled('bold', group)}\n`;
  const word =
    result === 'not supported'
      ? 'not supported by this server: '
      : result === 'not tried'
        ? 'not tried: '
        : '';
  const details = terminal.styled('dim', `${word}${printable(seen)} (${seconds.toFixed(1)} s)`);
  const meaning = ifBroken === undefined ? '' : `\n    ${ifBroken}.`;
  return `${title}  ${MARKS[result](terminal)} ${claim}\n    ${details}${meaning}`;
}

export function summaryLine(outcomes: readonly ClaimOutcome[], isInterrupted: boolean): string {
  const count = (result: ClaimOutcome['result']) => outcomes.filter((each) => each.result === result).length;
  const parts = [
    `${count('holds')} hold`,
    `${count('broken')} broken`,
    `${count('not tried')} not tried`,
    `${count('not supported')} not supported by this server`,
  ];
  return `\n${isInterrupted ? 'Interrupted: ' : ''}${parts.join(', ')}.`;
}
