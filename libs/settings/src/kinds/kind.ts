import { IsBoolean, IsIn, IsInt, IsNumber, IsString, Matches, Max, Min } from 'class-validator';

/** Which texts a setting accepts, and how they are parsed. */
export interface Kind {
  /** The expectation, as problems word it: `a whole number from 1 to 100`. */
  expected: string;
  isSecret: boolean;
  /** Quotes around the value have a meaning of their own. */
  mayBeQuoted?: true;
  /** Returns the typed value. Never throws: for an invalid text it returns something that the rules reject. */
  parse: (text: string) => unknown;
  /** class-validator's rules for the typed value. */
  rules: PropertyDecorator[];
}

export const asIs = (text: string) => text;

export function integer(min: number, max: number): Kind {
  return {
    expected: `a whole number from ${min} to ${max}`,
    isSecret: false,
    parse: (text) => (/^(0|[1-9]\d*)$/.test(text) ? Number(text) : text),
    rules: [IsInt(), Min(min), Max(max)],
  };
}

/** A share, from 0 to 1. */
export const RATIO: Kind = {
  expected: 'a number from 0 to 1, such as 0.5',
  isSecret: false,
  parse: (text) => (/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/.test(text) ? Number(text) : text),
  rules: [IsNumber(), Min(0), Max(1)],
};

export const PORT = integer(1, 65_535);

export const FLAG: Kind = {
  expected: 'true or false',
  isSecret: false,
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  rules: [IsBoolean()],
};

export function oneOf(choices: readonly string[]): Kind {
  return {
    expected: `one of ${choices.join(', ')}`,
    isSecret: false,
    parse: asIs,
    rules: [IsIn(choices)],
  };
}

/** A text that the pattern matches as a whole. */
export function text(pattern: RegExp, expected: string): Kind {
  return { expected, isSecret: false, parse: asIs, rules: [IsString(), Matches(pattern)] };
}

export const WORDS = text(
  /^(?!\s)\P{Cc}{1,500}(?<!\s)$/u,
  'at most 500 characters, without line breaks and without surrounding spaces',
);
