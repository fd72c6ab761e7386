import type { Document } from './markdown.js';
import { blocks } from './markdown.js';

const SHELLS = ['sh', 'bash', 'console'];
/** Shell keywords. */
const KEYWORDS = new Set(['until', 'while', 'if', 'then', 'do', 'done', 'fi', 'else', '!', '{', '}']);
const COMMAND_SPAN =
  /`((?:npm|npx|node|kubectl|docker|curl|operator|kafka-[a-z-]+\.sh|amtool|openssl|bash|snow) [^`]+)`/g;

/** Every command in a document: in its fenced blocks and in its text. */
export function shellCommands(page: Document): string[][] {
  const withoutBlocks = page.text.replace(/^```[^]*?^```$/gm, '');
  const spans = [...withoutBlocks.matchAll(COMMAND_SPAN)].map(([, code = '']) =>
    code.replaceAll('\\|', '|').replaceAll('\n', ' '),
  );
  return [...SHELLS.flatMap((shell) => blocks(page, shell)), ...spans].flatMap(simpleCommands);
}

/**
 * The simple commands of a script as words without quotes. Splits pipes, lists, subshells and loops; leaves out
 * assignments before a command, redirections and comments.
 */
export function simpleCommands(script: string): string[][] {
  const commands: string[][] = [[]];
  const tokens = script
    .replace(/\\\n/g, ' ')
    .matchAll(/((?:'[^']*'|"(?:\\.|[^"])*"|(?<=\S)#|[^\s;&|()'"#])+)|#.*|([\n;&|()])/g);
  for (const [, word, separator] of tokens) {
    if (separator !== undefined) commands.push([]);
    else if (word !== undefined) commands.at(-1)?.push(word);
  }
  return commands.map(withoutFrame).filter((words) => words.length > 0);
}

function withoutFrame(words: readonly string[]): string[] {
  const start = words.findIndex((word) => !KEYWORDS.has(word) && !/^\w+=/.test(word));
  // `for file in *` is not a command; its body comes after `do`.
  if (start === -1 || words[start] === 'for') return [];
  return words
    .slice(start)
    .filter((word) => !/^\d?[<>]/.test(word))
    .map((word) =>
      word.replace(
        /'([^']*)'|"((?:\\.|[^"])*)"/g,
        (_all, single?: string, double?: string) => single ?? double ?? '',
      ),
    );
}
