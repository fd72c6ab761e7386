import { SETTING_KEYS } from './settings.js';

/** The configuration as a Markdown table, for the README. */
export function settingsTable(): string {
  const rows = SETTING_KEYS.map(({ key, kind, default: value, description }) => {
    const text = typeof value === 'object' ? value.text : value === undefined ? '' : `\`${value}\``;
    return [`\`${key}\``, text, kind.isSecret ? `${description} Secret.` : description];
  });
  return [['Variable', 'Default', 'What it is'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}
