import { Logger, Module } from '@nestjs/common';
import { Kafka } from '#kafka';
import { EventRepository } from '#pipeline';
import { KafkaClientModule, StartupChecks } from '#service';
import { DeadLetterSettings, KafkaSettings } from '#settings';
import { WarehouseModule } from '#warehouse';
import { kafkaFaults, warehouseFaults } from './startup-faults.js';

/** Checks the broker, the topics and the warehouse before anything is read. */
@Module({
  imports: [KafkaClientModule, WarehouseModule],
  providers: [
    {
      provide: StartupChecks,
      inject: [Kafka, EventRepository, KafkaSettings, DeadLetterSettings],
      useFactory: (
        kafka: Kafka,
        repository: EventRepository,
        settings: KafkaSettings,
        deadLetters: DeadLetterSettings,
      ) => {
        const logger = new Logger(StartupChecks.name);
        const warehouse = async () => {
          const faults = await warehouseFaults(repository, settings);
          for (const warning of repository.warnings ?? []) logger.warn(`⚠️ ${warning}`);
          return faults;
        };
        return new StartupChecks([warehouse, () => kafkaFaults(kafka, settings, deadLetters)]);
      },
    },
  ],
  exports: [StartupChecks],
})
export class StartupModule {}
