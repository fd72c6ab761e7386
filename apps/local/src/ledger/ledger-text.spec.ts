import type { Account } from './ledger.js';
import { ledgerText } from './ledger-text.js';

const thisRun: Account = {
  produced: 20_000,
  redriven: new Map(),
  waiting: 0,
  stored: 19_803,
  deadLetters: new Map([
    ['json_decode', 97],
    ['invalid_schema', 100],
  ]),
  skipped: 0,
  gaps: 0,
  lost: 0,
  left: 0,
};
const inAll = { ...thisRun, produced: 30_000, stored: 29_803 };
const ARCHIVED = { thisRun: 20_000, inAll: 30_000 };
const plain = (_: string, text: string) => text;

describe('ledgerText', () => {
  it('shows this run beside all runs, and says that it adds up', () => {
    expect(ledgerText({ thisRun, inAll, before: [], differences: [] }, ARCHIVED, plain)).toBe(
      `
  Ledger                      this run        in all
  produced                      20,000        30,000
  stored                        19,803        29,803
  dead letters                     197           197
    invalid_schema                 100           100
    json_decode                     97            97
  archived                      20,000        30,000

  ✓ It adds up: 20,000 produced = 19,803 stored + 197 dead letters.
    Kafka's own log ends say 30,000 in all; no event is missing, and none is there twice.`.slice(1),
    );
  });

  it('names what was waiting and what was skipped in the sum, where there was some', () => {
    const text = ledgerText(
      { thisRun: { ...thisRun, waiting: 5, skipped: 5 }, inAll, before: [], differences: [] },
      ARCHIVED,
      plain,
    );
    expect(text).toContain('  waiting from before                5             0');
    expect(text).toContain(
      '20,000 produced + 5 waiting from before = 19,803 stored + 197 dead letters + 5 skipped',
    );
  });

  it('names the messages that an operator sent, where there were some', () => {
    const run = { ...thisRun, redriven: new Map([['stored', 2]]) };
    const text = ledgerText({ thisRun: run, inAll: run, before: [], differences: [] }, ARCHIVED, plain);
    expect(text).toContain(
      '  produced                      20,000        20,000\n    redriven                         2',
    );
  });

  it('says where it begins, and calls nothing complete, where Kafka holds more before it', () => {
    const before = [{ partition: 2, first: 0, last: 11_099 }];
    const text = ledgerText({ thisRun, inAll, before, differences: [] }, ARCHIVED, plain);
    expect(text).toMatch(
      /✓ It adds up from where the ledger begins: .*\n.*11,100 messages before it are in Kafka.*\n +partition 2: 0 to 11,099$/,
    );
    expect(text).not.toContain('no event is missing');
  });

  it('says what differs instead', () => {
    const text = ledgerText(
      { thisRun, inAll, before: [], differences: ['One thing.', 'Another.'] },
      ARCHIVED,
      plain,
    );
    expect(text).toMatch(/✗ The ledger does not add up:\n {4}One thing\.\n {4}Another\.$/);
    expect(text).not.toContain('✓');
  });
});
