import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Prints the offsets that a committed read of partition 0 returns, one line for each start offset. */
public class ReadCommitted {
  public static void main(String[] args) {
    TopicPartition partition = new TopicPartition(args[1], 0);
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers", args[0],
            "isolation.level", "read_committed",
            "auto.offset.reset", "none",
            "max.partition.fetch.bytes", "1000",
            "fetch.max.wait.ms", "50");
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config, bytes, bytes)) {
      consumer.assign(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      for (String start : args[2].split(",")) {
        consumer.seek(partition, Long.parseLong(start));
        StringJoiner offsets = new StringJoiner(",");
        while (consumer.position(partition) < end) {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
            offsets.add(String.valueOf(record.offset()));
          }
        }
        System.out.println(offsets);
      }
    }
  }
}
