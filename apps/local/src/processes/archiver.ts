import { shown, type LocalFolder } from '../folder/local-folder.js';
import { HttpService } from './http-service.js';
import type { Watch } from './watch.js';

export const LAKE_GROUP = 'lake-archive-les-caves-albert-v1';

const NAME = 'The archiver';
/** Its own deadline for draining is shorter. */
const STOP_TIMEOUT_MS = 40_000;

/** The archiver as a child process, with a lake in a folder, configured by its environment alone. */
export class LocalArchiver {
  private constructor(
    private readonly service: HttpService,
    private readonly watch: Watch,
  ) {}

  static async launch(
    { bootstrapServer, topic, port }: { bootstrapServer: string; topic: string; port: number },
    folder: LocalFolder,
    watch: Watch,
  ): Promise<LocalArchiver> {
    const env = {
      KAFKA_BOOTSTRAP_SERVER: bootstrapServer,
      KAFKA_TOPIC_NAME: topic,
      LAKE_GROUP_ID: LAKE_GROUP,
      LAKE_LOCATION: folder.lake,
      LAKE_MAX_WAIT_MS: '1000',
      // Who removes the folder gets what Kafka still has.
      LAKE_MISSING_OBJECTS: 'from-start',
      LOG_FORMAT: 'json',
      KAFKA_SESSION_TIMEOUT_MS: '10000',
    };
    const entry = 'dist/apps/archiver/src/main.js';
    const service = await HttpService.launch({ entry, env, logFile: folder.archiverLog, port });
    // Nothing waits for the archiver.
    void service.listening().then(() => {
      watch.add({
        name: NAME,
        exited: service.exited,
        logFile: folder.archiverLog,
        lastLines: () => `${service.log.lastLines}\n\nThe lake is in ${shown(folder.lake)}.`,
      });
    });
    return new LocalArchiver(service, watch);
  }

  /** Lets it write what it has read and leave the group. */
  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.watch.release(NAME);
    await this.service.stop(timeoutMs);
  }
}
