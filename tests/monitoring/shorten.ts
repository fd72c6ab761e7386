import type { Rule, RuleFile } from './rule-files.js';

const MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The same rules on a shorter time scale: divides each duration (ranges, offsets, `for`, `keep_firing_for`) and each time
 * constant (`5 * 60`, `24 * 3600`, `7 * 86400`) by the factor. Rates, ratios and sizes stay the same.
 */
export function shorten({ groups }: RuleFile, factor: number): RuleFile {
  return {
    groups: groups.map((group) => ({ ...group, rules: group.rules.map((rule) => shortRule(rule, factor)) })),
  };
}

export function shortRule(rule: Rule, factor: number): Rule {
  const expr = rule.expr
    .replaceAll(/\[([^\]]+)\]/g, (_, range: string) => `[${shortRange(range, factor)}]`)
    .replaceAll(/\boffset (\w+)/g, (_, duration: string) => `offset ${shortDuration(duration, factor)}`)
    .replaceAll(/\* (60|3600|86400)\b/g, (_, seconds: string) => `* ${Number(seconds) / factor}`);
  const short = { ...rule, expr };
  if (rule.for !== undefined) short.for = shortDuration(rule.for, factor);
  if (rule.keep_firing_for !== undefined) {
    short.keep_firing_for = shortDuration(rule.keep_firing_for, factor);
  }
  return short;
}

/** Matches a range, or a subquery's range and resolution. */
function shortRange(range: string, factor: number): string {
  return range
    .split(':')
    .map((duration) => shortDuration(duration, factor))
    .join(':');
}

function shortDuration(duration: string, factor: number): string {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhd])/g)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (MS[unit ?? ''] ?? NaN), 0);
  return `${Math.round(ms / factor)}ms`;
}
