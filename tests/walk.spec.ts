import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { kafkaDistribution, REPOSITORY_ROOT } from '#testing';
import { itIsSkippedWithout, optional } from './support/optional.js';
import { Terminal } from './support/terminal.js';

const COLUMNS = 80;
/** An editor that corrects a quantity. */
const EDITOR = `#!/bin/sh
sed -i -E 's/"quantity": *("[^"]*"|[^,}]+)/"quantity": 2/' "$1"
`;
const OPERATOR = 'npm run -s operator --';

const hasTmux = await optional(
  'the walk of a newcomer in a terminal',
  async () => {
    if (!(await Terminal.isAvailable())) throw new Error('tmux is not installed');
    return true;
  },
  () => true,
);

if (hasTmux === null) itIsSkippedWithout('tmux');
else {
  describe('a newcomer in a terminal of 80 columns', () => {
    let clone: string;
    let first: Terminal;
    let second: Terminal;
    let id: string;

    beforeAll(async () => {
      clone = await mkdtemp(join(tmpdir(), 'clone-'));
      await mkdir(join(clone, '.local'));
      for (const name of ['dist', 'package.json', 'analytics'])
        await cp(join(REPOSITORY_ROOT, name), join(clone, name), { recursive: true });
      await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(clone, 'node_modules'));
      const { classPath } = await kafkaDistribution();
      const kafka = dirname(dirname(classPath));
      await symlink(kafka, join(clone, '.local', basename(kafka)));
      await writeFile(join(clone, 'editor'), EDITOR, { mode: 0o755 });
      first = await Terminal.open({ columns: COLUMNS, rows: 40, folder: clone });
      second = await Terminal.open({ columns: COLUMNS, rows: 60, folder: clone });
    });
    afterAll(async () => {
      await first.close();
      await second.close();
      await rm(clone, { recursive: true });
    });

    /** No word of it is divided at the right edge. */
    function expectFits(output: string): void {
      const full = output.split('\n').filter((line) => Array.from(line).length >= COLUMNS);
      expect(full).toEqual([]);
    }

    it('starts it, and sees events and dead letters arrive', async () => {
      await first.type(`npm run -s local -- --rate 500; echo "[$?]"`);
      const screen = await first.until(/^ {2}dead letters +\d{2,}/m);
      expect(screen).toMatch(/^ {2}stored +[\d,]+ +[\d,]+ \/s/m);
      expect(screen).toMatch(/^ {2}Page +http:\/\/127\.0\.0\.1:\d+\/$/m);
    });

    it('resizes the window, which leaves one picture', async () => {
      await first.resize(60, 40);
      await first.resize(COLUMNS, 40);
      const produced = async () => (await first.screen()).match(/^ {2}produced +[\d,]+/gm) ?? [];
      const [before] = await produced();
      await first.until(new RegExp(`^ {2}produced +(?!${String(before?.split(/ +/)[2])})[\\d,]+`, 'm'));
      expect(await produced()).toHaveLength(1);
    });

    it('lists the dead letters', async () => {
      const { code, output } = await second.command(`${OPERATOR} dead-letters list --field quantity`);
      expect(output).toContain('Using npm start (process ');
      expectFits(output);
      expect(code).toBe(0);
      [id = ''] = /\S+@\d+/.exec(output) ?? [];
      expect(id).toMatch(/^sales_events-\d+@\d+$/);
    });

    it('reads one of them', async () => {
      const { code, output } = await second.command(`${OPERATOR} dead-letters show ${id}`);
      expect(output).toMatch(/^ {2}Reason +.*quantity/m);
      expectFits(output.slice(0, output.indexOf('\nValue (')));
      expect(code).toBe(0);
    });

    it('edits it, which sends it again', async () => {
      const { code, output } = await second.command(
        `EDITOR=./editor ${OPERATOR} dead-letters redrive --edit ${id} --reason typo`,
      );
      expect(output).toMatch(/^1 sent$/m);
      expect(code).toBe(0);
    });

    it('sees it stored, and who repaired it', async () => {
      const show = () => second.command(`${OPERATOR} dead-letters show ${id}`);
      let { output } = await show();
      while (!output.includes(`${id}  invalid_schema  stored`)) ({ output } = await show());
      expect(output).toMatch(/^ {2}\S+ redriven by \S+, changed: quantity \(typo\)$/m);
    });

    it('queries the table while events flow', async () => {
      const sql = `SELECT count(*) > 0 AS REPAIRED FROM SALES_EVENTS_DLQ WHERE STORED_AT IS NOT NULL`;
      const { code, output } = await second.command(`${OPERATOR} sql "${sql}"`);
      expect(output).toMatch(/^ *true$/m);
      expectFits(output);
      expect(code).toBe(0);
    });

    it('stops it with Ctrl-C: the ledger adds up, and it says how to continue', async () => {
      await first.press('C-c');
      const screen = await first.until(/^\[\d+\]$/m);
      expect(screen).toMatch(/It adds up: [\d,]+ produced = [\d,]+ stored \+ [\d,]+ dead letters/);
      expect(screen).toMatch(/^ {4}redriven +1 +1$/m);
      expect(screen).toContain('npm run -s operator -- dead-letters list');
      expect(screen).toMatch(/^\[0\]$/m);
    });

    it('still reads the tables, and is told how to bring the broker back for a redrive', async () => {
      const list = await second.command(`${OPERATOR} dead-letters list --field quantity`);
      expect(list.output).toContain('It has ended: its tables can be read');
      expect(list.code).toBe(0);
      const redrive = await second.command(
        `${OPERATOR} dead-letters redrive --field quantity --set quantity=1`,
      );
      expect(redrive.output).toContain('npm start');
      expect(redrive.code).toBe(1);
    });
  });
}
