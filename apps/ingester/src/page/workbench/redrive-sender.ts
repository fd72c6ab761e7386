import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { KafkaRedrivePublisher, type Redrive, type RedriveResult } from '#dead-letter';
import { COMMAND_RETRY_POLICY, kafkaClient } from '#kafka';
import { KafkaSettings } from '#settings';

/**
 * Sends letters back to their source topics over a connection of its own, which retries as briefly as a command's: a
 * person waits for it. Connects on the first send.
 */
@Injectable()
export class RedriveSender implements OnApplicationShutdown {
  #publisher: KafkaRedrivePublisher | null = null;

  constructor(private readonly settings: KafkaSettings) {}

  /** Does not throw. */
  publish(redrives: readonly Redrive[]): Promise<RedriveResult> {
    this.#publisher ??= new KafkaRedrivePublisher(
      kafkaClient(this.settings, () => () => undefined, COMMAND_RETRY_POLICY),
    );
    return this.#publisher.publish(redrives);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#publisher?.close();
  }
}
