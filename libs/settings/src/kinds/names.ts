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
