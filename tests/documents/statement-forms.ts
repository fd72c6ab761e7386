/**
 * The forms of the statements that only a Snowflake account can run, with the clauses that the documents use. Snowflake's
 * reference has a page for each: https://docs.snowflake.com/en/sql-reference/sql-all. Neither an emulator nor sqlglot,
 * which takes any words after CREATE or GRANT, would notice a misspelled clause.
 */
const NAME = '[A-Z_][A-Z0-9_]*';
const PATH = `${NAME}(?:\\.${NAME}){0,2}`;
const TEXT = "'(?:[^']|'')+'";
const NUMBER = '[0-9]+';
const BOOLEAN = '(?:TRUE|FALSE)';
const ACCOUNT = '<\\w+>\\.<\\w+>';

/** Clauses of the form KEY = value, in any order. */
function clauses(known: Record<string, string>): string {
  const clause = Object.entries(known)
    .map(([key, value]) => `${key} = ${value}`)
    .join('|');
  return `(?:${clause})(?: (?:${clause}))*`;
}
const listOf = (item: string): string => `${item}(?:, ?${item})*`;

const FORMS = [
  `USE (?:ROLE|WAREHOUSE|DATABASE|SCHEMA) ${PATH}`,
  `CREATE ROLE ${NAME}`,
  `CREATE USER ${NAME} ${clauses({
    TYPE: 'SERVICE',
    DEFAULT_ROLE: NAME,
    DEFAULT_SECONDARY_ROLES: '\\(\\)',
  })}`,
  `ALTER USER ${NAME} SET ${clauses({
    'RSA_PUBLIC_KEY(?:_2)?': TEXT,
    LOGIN_NAME: TEXT,
    NETWORK_POLICY: NAME,
    WORKLOAD_IDENTITY: `\\(${clauses({ TYPE: '(?:AWS|AZURE|GCP|OIDC)', ARN: TEXT, ISSUER: TEXT, SUBJECT: TEXT })}\\)`,
  })}`,
  `ALTER USER ${NAME} ADD PROGRAMMATIC ACCESS TOKEN ${NAME} ${clauses({ ROLE_RESTRICTION: TEXT, DAYS_TO_EXPIRY: NUMBER })}`,
  `GRANT ROLE ${NAME} TO (?:USER|ROLE) ${NAME}`,
  `GRANT ${listOf('(?:USAGE|CREATE SCHEMA)')} ON (?:WAREHOUSE|DATABASE|SCHEMA) ${PATH} TO ROLE ${NAME}(?: WITH GRANT OPTION)?`,
  `GRANT ${listOf('(?:SELECT|INSERT|UPDATE|DELETE)')} ON (?:TABLE|VIEW) ${PATH} TO ROLE ${NAME}`,
  `CREATE DATABASE ${NAME}`,
  `CREATE WAREHOUSE ${NAME} ${clauses({
    WAREHOUSE_SIZE: '(?:XSMALL|SMALL|MEDIUM)',
    GENERATION: "'[12]'",
    AUTO_SUSPEND: NUMBER,
    AUTO_RESUME: BOOLEAN,
    INITIALLY_SUSPENDED: BOOLEAN,
  })}`,
  `ALTER WAREHOUSE ${NAME} SET RESOURCE_MONITOR = ${NAME}`,
  `CREATE RESOURCE MONITOR ${NAME} WITH CREDIT_QUOTA = ${NUMBER} TRIGGERS(?: ON ${NUMBER} PERCENT DO (?:NOTIFY|SUSPEND|SUSPEND_IMMEDIATE))+`,
  `CREATE NETWORK POLICY ${NAME} ALLOWED_IP_LIST = \\(${listOf(TEXT)}\\)`,
  `CREATE SECURITY INTEGRATION ${NAME} ${clauses({
    TYPE: 'EXTERNAL_OAUTH',
    ENABLED: BOOLEAN,
    EXTERNAL_OAUTH_TYPE: 'CUSTOM',
    EXTERNAL_OAUTH_ISSUER: TEXT,
    EXTERNAL_OAUTH_JWS_KEYS_URL: TEXT,
    EXTERNAL_OAUTH_AUDIENCE_LIST: `\\(${listOf(TEXT)}\\)`,
    EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM: TEXT,
    EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE: "'(?:LOGIN_NAME|EMAIL_ADDRESS)'",
  })}`,
  `ALTER TABLE ${PATH} SET (?:DATA_RETENTION_TIME_IN_DAYS = ${NUMBER}|CHANGE_TRACKING = ${BOOLEAN})`,
  `CREATE OR REPLACE DYNAMIC TABLE ${NAME} ${clauses({
    TARGET_LAG: TEXT,
    WAREHOUSE: NAME,
    REFRESH_MODE: '(?:AUTO|FULL|INCREMENTAL)',
    INITIALIZE: '(?:ON_CREATE|ON_SCHEDULE)',
  })} AS SELECT \\* FROM ${NAME}`,
  `CREATE FAILOVER GROUP ${NAME} OBJECT_TYPES = ${listOf('(?:DATABASES|ROLES|USERS|WAREHOUSES|RESOURCE MONITORS|NETWORK POLICIES)')} ALLOWED_DATABASES = ${listOf(NAME)} ALLOWED_ACCOUNTS = ${listOf(ACCOUNT)} REPLICATION_SCHEDULE = '${NUMBER} MINUTE'`,
  `CREATE FAILOVER GROUP ${NAME} AS REPLICA OF ${ACCOUNT}\\.${NAME}`,
  `ALTER FAILOVER GROUP ${NAME} PRIMARY`,
].map((form) => new RegExp(`^${form}$`));

/** Whether the statement has one of the known forms. */
export function hasKnownForm(sql: string): boolean {
  const oneLine = sql.replace(/\s+/g, ' ').replaceAll('( ', '(').replaceAll(' )', ')');
  return FORMS.some((form) => form.test(oneLine));
}
