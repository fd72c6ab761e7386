import { blocks, type Document } from './markdown.js';

/** The SQL statements of a document, in order, without comments. */
export function statements(page: Document): string[] {
  return blocks(page, 'sql')
    .flatMap((sql) => sql.replace(/--.*$/gm, '').split(/;\s*$/m))
    .map((sql) => sql.trim())
    .filter((sql) => sql !== '');
}
