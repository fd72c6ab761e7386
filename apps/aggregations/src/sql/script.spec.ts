import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readScript } from './script.js';

describe('readScript', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'script-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
  };

  it('joins the files in name order, and their INSERT statements in one set at the end', () => {
    write('02_b.sql', '-- B\nCREATE VIEW b AS\nSELECT 2;\n\nINSERT INTO t SELECT * FROM b;\n');
    write('01_a.sql', "CREATE VIEW a AS SELECT ';' AS x;\nINSERT INTO s SELECT * FROM a;");
    write('notes.txt', 'no SQL');
    expect(readScript([folder], {})).toBe(
      "CREATE VIEW a AS SELECT ';' AS x;\n\n" +
        '-- B\nCREATE VIEW b AS\nSELECT 2;\n\n' +
        'EXECUTE STATEMENT SET BEGIN\nINSERT INTO s SELECT * FROM a;\nINSERT INTO t SELECT * FROM b;\nEND;\n',
    );
  });

  it('fills in values, with quotes doubled', () => {
    write('a.sql', "SET 'x' = '${TOPIC}_${N}';\nINSERT INTO s SELECT 1;");
    expect(readScript([folder], { TOPIC: "l'été", N: '1' })).toContain("SET 'x' = 'l''été_1';");
  });

  it('fills in options of a table where they stand on a line of their own, or none', () => {
    write('a.sql', "CREATE TABLE t (x INT) WITH (\n  'a' = 'b',\n  ${OPTIONS}\n  'c' = 'd'\n);");
    expect(readScript([folder], { OPTIONS: { e: "f'" } })).toContain(
      "'a' = 'b',\n  'e' = 'f''',\n  'c' = 'd'\n",
    );
    expect(readScript([folder], { OPTIONS: {} })).toContain("'a' = 'b',\n  'c' = 'd'\n");
  });

  it('refuses a value that it does not know, and names its file', () => {
    write('a.sql', "SET 'x' = '${TOPIK}';");
    expect(() => readScript([folder], { TOPIC: 'a' })).toThrow('a.sql names ${TOPIK}, which is not known.');
  });
});
