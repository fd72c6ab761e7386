/** Everything that is wrong with the configuration, a line each, and what may be why: misspelled names. */
export class SettingsError extends Error {
  override name = 'SettingsError';

  constructor(
    readonly problems: readonly string[],
    readonly warnings: readonly string[] = [],
  ) {
    const also = warnings.length === 0 ? [] : ['Also:', ...warnings.map(indented)];
    super([`The configuration has ${count(problems)}:`, ...problems.map(indented), ...also].join('\n'));
  }
}

function count({ length }: readonly string[]): string {
  return length === 1 ? 'a problem' : `${length} problems`;
}

function indented(line: string): string {
  return `  ${line}`;
}
