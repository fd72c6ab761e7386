import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';

/** A document, by its path from the repository root. */
export interface Document {
  path: string;
  text: string;
}

/** Every Markdown file of the repository. */
export function documents(): Document[] {
  return globSync('{*.md,docs/**/*.md,analytics/**/*.md}', { cwd: REPOSITORY_ROOT })
    .sort()
    .map((path) => document(path));
}

export function document(path: string): Document {
  return { path, text: readFileSync(join(REPOSITORY_ROOT, path), 'utf8') };
}

/** The code of the fenced blocks of one language, in order. */
export function blocks({ text }: Document, language: string): string[] {
  const fences = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm');
  return [...text.matchAll(fences)].map(([, code = '']) => code);
}

/** The targets of links within the repository: a path from its root, and the heading after the #. */
export function localLinks({ path, text }: Document): { target: string; heading: string | null }[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((link) => {
      const [file = '', heading = null] = link.split('#');
      const target = file === '' ? path : relative('/', join('/', path, '..', file));
      return { target, heading };
    });
}

/** The anchors of a document's headings, as GitHub generates them. */
export function headings({ text }: Document): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The text between `<!-- name -->` and `<!-- end of name -->`. */
export function generatedPart({ text }: Document, name: string): string {
  return new RegExp(`<!-- ${name} -->\\n([^]*?)<!-- end of ${name} -->`).exec(text)?.[1] ?? '';
}

export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => '---'), ...body]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}

/** Prettier aligns the columns of a table. */
export function withoutPadding(markdown: string): string {
  return markdown.trim().replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
}

function withoutCode(text: string): string {
  return text.replace(/^```[^]*?^```$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[\][()#]/g, ''));
}
