import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends what standard input says, one step a line, fields separated by tabs:
 *
 * <pre>
 * send  PRODUCER  PARTITION  KEY  VALUE  TIMESTAMP  HEADERS
 * begin|commit|abort  PRODUCER
 * </pre>
 *
 * A key is base64, a value is the path of a file, headers are name=base64 separated by commas; "-" is null. The producer
 * "-" works without transactions.
 */
public class HostileProducer {
  private static final ByteArraySerializer BYTES = new ByteArraySerializer();

  private final Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
  private final String bootstrap;
  private final String topic;
  private final String codec;

  private HostileProducer(String[] args) {
    bootstrap = args[0];
    topic = args[1];
    codec = args[2];
  }

  public static void main(String[] args) throws Exception {
    HostileProducer hostile = new HostileProducer(args);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      hostile.step(line.split("\t", -1));
    }
    hostile.producers.values().forEach(KafkaProducer::close);
  }

  private void step(String[] fields) throws Exception {
    KafkaProducer<byte[], byte[]> producer = producers.computeIfAbsent(fields[1], this::connect);
    switch (fields[0]) {
      case "begin" -> producer.beginTransaction();
      case "commit" -> producer.commitTransaction();
      case "abort" -> producer.abortTransaction();
      case "send" -> producer.send(record(fields)).get();
      default -> throw new IllegalArgumentException("unknown step " + fields[0]);
    }
  }

  private ProducerRecord<byte[], byte[]> record(String[] fields) throws Exception {
    byte[] value = fields[4].equals("-") ? null : Files.readAllBytes(Path.of(fields[4]));
    Long timestamp = fields[5].equals("-") ? null : Long.valueOf(fields[5]);
    RecordHeaders headers = new RecordHeaders();
    if (!fields[6].isEmpty()) {
      for (String header : fields[6].split(",")) {
        String[] parts = header.split("=", 2);
        headers.add(parts[0], bytes(parts[1]));
      }
    }
    int partition = Integer.parseInt(fields[2]);
    return new ProducerRecord<>(topic, partition, timestamp, bytes(fields[3]), value, headers);
  }

  private static byte[] bytes(String text) {
    return text.equals("-") ? null : Base64.getDecoder().decode(text);
  }

  private KafkaProducer<byte[], byte[]> connect(String name) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("compression.type", codec);
    config.put("max.request.size", Integer.MAX_VALUE);
    config.put("buffer.memory", 2_000_000_000L);
    config.put("linger.ms", 0);
    if (!name.equals("-")) config.put("transactional.id", topic + "-" + codec + "-" + name);
    KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config, BYTES, BYTES);
    if (!name.equals("-")) producer.initTransactions();
    return producer;
  }
}
