/** Every problem of the configuration, one line each, and misspelled names as a possible cause. */
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
