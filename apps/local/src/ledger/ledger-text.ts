import { count, counted, type Paint, total } from '#terminal';
import type { Account, Ledger } from './ledger.js';

const LABEL_WIDTH = 22;
const NUMBER_WIDTH = 14;

/** Records in the lake. */
export interface Archived {
  thisRun: number;
  inAll: number;
}

/** The closing ledger as a person reads it. */
export function ledgerText(ledger: Ledger, archived: Archived, paint: Paint): string {
  return [header(paint), ...table(ledger, archived, paint), '', ...verdict(ledger, paint)]
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}

function header(paint: Paint): string {
  const titles = ['this run', 'in all'].map((title) => title.padStart(NUMBER_WIDTH));
  return paint('bold', 'Ledger'.padEnd(LABEL_WIDTH)) + paint('dim', titles.join(''));
}

function table({ thisRun, inAll }: Ledger, archived: Archived, paint: Paint): string[] {
  const line = (label: string, of: (account: Account) => number) =>
    label.padEnd(LABEL_WIDTH) +
    [thisRun, inAll].map((account) => count(of(account)).padStart(NUMBER_WIDTH)).join('');
  const lineIfAny = (label: string, of: (account: Account) => number) =>
    of(thisRun) === 0 && of(inAll) === 0 ? [] : [line(label, of)];
  return [
    line('produced', ({ produced }) => produced),
    ...lineIfAny('  redriven', ({ redriven }) => total(redriven)).map((text) => paint('dim', text)),
    ...lineIfAny('waiting from before', ({ waiting }) => waiting),
    line('stored', ({ stored }) => stored),
    line('dead letters', ({ deadLetters }) => total(deadLetters)),
    ...[...inAll.deadLetters.keys()].sort().map((type) =>
      paint(
        'dim',
        line(`  ${type}`, ({ deadLetters }) => deadLetters.get(type) ?? 0),
      ),
    ),
    ...lineIfAny('skipped', ({ skipped }) => skipped),
    ...lineIfAny('gaps in the log', ({ gaps }) => gaps),
    ...lineIfAny('lost to retention', ({ lost }) => lost),
    ...lineIfAny('not settled yet', ({ left }) => left),
    'archived'.padEnd(LABEL_WIDTH) +
      [archived.thisRun, archived.inAll].map((records) => count(records).padStart(NUMBER_WIDTH)).join(''),
  ];
}

function verdict({ thisRun, inAll, before, differences }: Ledger, paint: Paint): string[] {
  if (differences.length > 0) {
    return [
      paint('red', '✗ The ledger does not add up:'),
      ...differences.map((difference) => paint('red', `  ${difference}`)),
    ];
  }
  if (before.length > 0) {
    const messages = before.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    const where = before.map(
      ({ partition, first, last }) => `partition ${partition}: ${count(first)} to ${count(last)}`,
    );
    return [
      paint('green', `✓ It adds up from where the ledger begins: ${equation(thisRun)}.`),
      paint('yellow', `  ${counted(messages, 'message')} before it are in Kafka and not in this ledger:`),
      ...where.map((text) => paint('yellow', `    ${text}`)),
    ];
  }
  return [
    paint('green', `✓ It adds up: ${equation(thisRun)}.`),
    paint(
      'dim',
      `  Kafka's own log ends say ${count(inAll.produced)} in all; no event is missing, and none is there twice.`,
    ),
  ];
}

/** `20,000 produced = 19,803 stored + 197 dead letters` */
function equation({ produced, waiting, stored, deadLetters, skipped, gaps }: Account): string {
  const terms = (parts: [number, string, boolean][]) =>
    parts
      .filter(([value, , always]) => always || value > 0)
      .map(([value, name]) => `${count(value)} ${name}`)
      .join(' + ');
  const came = terms([
    [produced, 'produced', true],
    [waiting, 'waiting from before', false],
  ]);
  const became = terms([
    [stored, 'stored', true],
    [total(deadLetters), 'dead letters', true],
    [skipped, 'skipped', false],
    [gaps, 'gaps', false],
  ]);
  return `${came} = ${became}`;
}
