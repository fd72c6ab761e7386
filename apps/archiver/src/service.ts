import { runService } from '#service';
import { AppModule } from './app.module.js';

/** Starts the archiver and keeps it until a signal or a fault ends it. Sets the exit code; does not return it. */
export async function runArchiver(): Promise<void> {
  await runService({
    module: AppModule,
    greeting: "🍷 Les Caves d'Albert: every record, from Kafka into the lake",
    hasPage: false,
  });
}
