export { current } from './reading/current.js';
export type { Environment } from './reading/environment.js';
export { BROKERS, parseBrokers, parseBucket } from './kinds/index.js';
export {
  loadArchiverSettings,
  loadKafkaSettings,
  loadRecordsSettings,
  loadSettings,
} from './load-settings.js';
export type { LoadedSettings } from './load-settings.js';
export { quoted } from './reading/problem.js';
export { Secret } from './kinds/secret.js';
export { BatchSettings } from './sections/batch.settings.js';
export { DeadLetterSettings } from './sections/dead-letter.settings.js';
export { KafkaSettings } from './sections/kafka.settings.js';
export { LakeSettings } from './sections/lake.settings.js';
export { LogSettings } from './sections/log.settings.js';
export { ServiceSettings } from './sections/service.settings.js';
export { SnowflakeSettings } from './sections/snowflake.settings.js';
export { TracingSettings } from './sections/tracing.settings.js';
export { DuckDbSettings, WarehouseSettings } from './sections/warehouse.settings.js';
export { WorkbenchSettings } from './sections/workbench.settings.js';
export type { WarehouseName } from './sections/warehouse.settings.js';
export { EXIT_CONFIGURATION, exitIfRefused } from './exit-if-refused.js';
export { SettingsError } from './reading/settings-error.js';
export { settingsTables } from './settings-tables.js';
export {
  describeSettings,
  SETTING_KEYS,
  Settings,
  type ArchiverSettings,
  type KafkaPart,
  type RecordsPart,
} from './settings.js';
export { ArchiverSettingsModule } from './archiver-settings.module.js';
export { SettingsModule } from './settings.module.js';
export type { SnowflakeAuthenticator } from './sections/snowflake-login.js';
export { DRIVER_KEYS } from './checks/unknown-keys.js';
export { serviceVersion } from './version.js';
