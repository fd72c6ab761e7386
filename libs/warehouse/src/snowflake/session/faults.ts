import { FaultError, type Fault } from '#pipeline';
import { RULES, transient, type Rule } from './known-codes.js';
import { SnowflakeError } from './snowflake-error.js';

/** Converts an error to a fault without event content, which most of Snowflake's messages can quote. */
export function toFault(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  if (!(error instanceof SnowflakeError)) throw error;
  const { code, text } = error;
  const rule = RULES[code] ?? unlisted(code);
  const words = rule.quote === true ? `: ${oneLine(text)}` : '';
  return {
    class: rule.class === 'setup' ? 'setup' : 'transient',
    code,
    message: `Snowflake: ${rule.says}${words}`,
    remedy: rule.remedy,
  };
}

/** Whether rows may be to blame: Snowflake said so, or refused a statement with an unknown code. */
export function mayBeData(error: unknown): error is SnowflakeError {
  return error instanceof SnowflakeError && error.isAnswer && (RULES[error.code]?.class ?? 'data') === 'data';
}

/** Why Snowflake refused a row. */
export function rejection({ code }: SnowflakeError): string {
  const says = RULES[code]?.says ?? 'unknown code';
  return `Snowflake refused the row: ${says} (${code})`;
}

function unlisted(code: string): Rule {
  if (code.startsWith('HTTP_'))
    return transient(`it cannot be reached at the moment (${code.replace('_', ' ')})`);
  const rule = transient(`a request failed with code ${code}`);
  // Messages of Node and OpenSSL are about the connection. Messages with Snowflake's numeric codes may quote data.
  return /^(E[A-Z]|CERT_|UNABLE_|DEPTH_|HOSTNAME_)/.test(code) ? { ...rule, quote: true } : rule;
}

/** Reduces the text to one line, without tokens, in case a driver ever quotes one. */
export function oneLine(text: string): string {
  return text
    .replace(/eyJ[\w-]+\.[\w.-]+/g, '[token]')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
