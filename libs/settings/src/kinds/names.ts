import { text, type Kind } from './kind.js';

/** The names that the broker itself accepts. */
export const TOPIC = text(
  /^(?!\.{1,2}$)[a-zA-Z\d._-]{1,249}$/,
  'a Kafka topic name: 1 to 249 letters, digits, dots, underscores or hyphens',
);

/** https://docs.snowflake.com/en/sql-reference/identifiers-syntax */
export const SNOWFLAKE_IDENTIFIER: Kind = {
  ...text(
    /^([a-z_][a-z\d_$]{0,254}|"([^"\p{Cc}]|""){1,255}")$/iu,
    'a Snowflake name: letters, digits, _ and $, not beginning with a digit; or any name in double quotes',
  ),
  mayBeQuoted: true,
};

/** https://www.rfc-editor.org/rfc/rfc7628#section-3.1, without the name of the token itself. */
export const SASL_EXTENSIONS = text(
  /^(?!auth=)[a-z]+=[\x21-\x2b\x2d-\x7e]+(,(?!auth=)[a-z]+=[\x21-\x2b\x2d-\x7e]+)*$/i,
  'name=value, or several separated by commas; names are letters, and not auth',
);
