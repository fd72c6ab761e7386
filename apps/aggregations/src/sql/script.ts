import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Options of a table, by name. */
export type TableOptions = Readonly<Record<string, string>>;
/** What the files name as `${NAME}`: text, or options on a line of their own. */
export type ScriptValues = Readonly<Record<string, string | TableOptions>>;

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
  return statement
    .replaceAll(/^([ \t]*)\$\{(\w+)\}\n/gm, (_, indent: string, name: string) =>
      Object.entries(valueOf(values, name, file))
        .map(([option, value]: [string, string]) => `${indent}'${escaped(option)}' = '${escaped(value)}',\n`)
        .join(''),
    )
    .replaceAll(/\$\{(\w+)\}/g, (text, name: string) => {
      const value = valueOf(values, name, file);
      return typeof value === 'string' ? escaped(value) : text;
    });
}

function valueOf(values: ScriptValues, name: string, file: string): string | TableOptions {
  const value = values[name];
  if (value === undefined) throw new Error(`${file} names \${${name}}, which is not known.`);
  return value;
}

function escaped(text: string): string {
  return text.replaceAll("'", "''");
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter((item) => isFirst(item)), items.filter((item) => !isFirst(item))];
}
