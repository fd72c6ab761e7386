import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Answers go to the standard output; all that is for people alone goes to the standard error. */
export const terminal = {
  line(text: string): void {
    process.stdout.write(`${text}\n`);
  },

  /** C1 and bidirectional control characters are escaped as well: JSON leaves them, and terminals obey them. */
  json(value: unknown): void {
    process.stdout.write(`${jsonText(value, 2)}\n`);
  },

  note(text: string): void {
    process.stderr.write(`${text}\n`);
  },

  /** Coloured in a terminal, unless NO_COLOR says otherwise. */
  styled(style: Style, text: string): string {
    return styleText(style, text, { stream: process.stdout });
  },
};

export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
