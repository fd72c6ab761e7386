export { HealthController } from './health/health.controller.js';
export { HealthReporting } from './health/health-reporting.js';
export { HealthService } from './health/health.service.js';
export { consumerProviders } from './kafka/consumer-providers.js';
export { Drain } from './kafka/drain.js';
export { KafkaClientModule } from './kafka/kafka-client.module.js';
export { LogMonitor } from './kafka/log-monitor.js';
export { runService, type ServiceProgram } from './run-service.js';
export { StartupChecks } from './startup/startup-checks.js';
