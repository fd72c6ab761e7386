import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the files name as `${NAME}`. */
export type ScriptValues = Readonly<Record<string, string>>;

/**
 * Makes one script of the SQL files of some folders, in name order within each. Their INSERT statements become one statement
 * set, so that one Flink job answers all questions.
 *
 * @throws Error if a file names a value that is not given
 */
export function readScript(folders: readonly string[], values: ScriptValues): string {
  const statements = folders.flatMap((folder) =>
    sqlFiles(folder).flatMap((name) =>
      statementsOf(readFileSync(join(folder, name), 'utf8')).map((statement) =>
        withValues(statement, values, name),
      ),
    ),
  );
  const [inserts, others] = partition(statements, (statement) => /^INSERT\s/m.test(statement));
  return (
    others.map((statement) => `${statement};\n\n`).join('') +
    `EXECUTE STATEMENT SET BEGIN\n${inserts.map((statement) => `${statement};\n`).join('')}END;\n`
  );
}

function sqlFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

/** A statement ends with a semicolon at the end of a line. */
function statementsOf(text: string): string[] {
  return text
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

function withValues(statement: string, values: ScriptValues, file: string): string {
  return statement.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${file} names \${${name}}, which is not known.`);
    return value.replaceAll("'", "''");
  });
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter((item) => isFirst(item)), items.filter((item) => !isFirst(item))];
}
