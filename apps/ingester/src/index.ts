export { AppModule } from './app.module.js';
export { parseCommandLine } from './command-line.js';
export { LogMonitor } from './ingestion/log-monitor.js';
export { StartupChecks } from './startup/startup-checks.js';
