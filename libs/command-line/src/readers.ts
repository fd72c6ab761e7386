import { quoted } from '#settings';

/** How the text of an option becomes a value. */
export interface Reader<T> {
  /** Returns undefined where the text is not valid. */
  readonly parse: (text: string) => T | undefined;
  /** Completes "expected ...". */
  readonly expected: string;
}

/** The faults of a command line. */
export class Faults {
  readonly all: string[] = [];

  add(fault: string): void {
    this.all.push(fault);
  }

  /** The value of an option; `otherwise` where it is not given, or not valid, which is a fault. */
  read<T>(name: string, text: string | undefined, { parse, expected }: Reader<T>, otherwise: T): T {
    if (text === undefined) return otherwise;
    const value = parse(text.trim());
    if (value === undefined) this.add(`${name} is ${quoted(text)}; expected ${expected}.`);
    return value ?? otherwise;
  }
}

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return {
    parse: (text) =>
      numberIf(text, (value) => Number.isSafeInteger(value) && value >= least && value <= most),
    expected: `an integer ${range}`,
  };
}

export function positiveNumber(what = 'a number', most = Infinity): Reader<number> {
  return {
    parse: (text) => numberIf(text, (value) => value > 0 && value <= most),
    expected: `${what} above 0${most === Infinity ? '' : `, at most ${most}`}`,
  };
}

/** What `reader` reads, or the word max. */
export function orMax(reader: Reader<number>): Reader<number | 'max'> {
  return {
    parse: (text) => (text === 'max' ? text : reader.parse(text)),
    expected: `${reader.expected}, or max`,
  };
}

/** A share of a whole. */
export const SHARE: Reader<number> = {
  parse: (text) => numberIf(text, (value) => value >= 0 && value <= 1),
  expected: 'a share from 0 to 1',
};

export function oneOf<T extends string | number>(words: readonly T[]): Reader<T> {
  return { parse: (text) => words.find((word) => String(word) === text), expected: words.join(' or ') };
}

/** Some of the words, separated by commas; in the order of `words`, each once. */
export function someOf<T extends string>(words: readonly T[]): Reader<readonly T[]> {
  return {
    parse: (text) => {
      const names = partsOf(text);
      const known = words.filter((word) => names.includes(word));
      return known.length === new Set(names).size ? known : undefined;
    },
    expected: `some of ${words.join(', ')}`,
  };
}

/** The parts of a text that commas separate, without empty ones. */
export function listOf(text: string): string[] {
  return partsOf(text).filter((part) => part !== '');
}

function partsOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function numberIf(text: string, isValid: (value: number) => boolean): number | undefined {
  const value = Number(text);
  return text !== '' && Number.isFinite(value) && isValid(value) ? value : undefined;
}
