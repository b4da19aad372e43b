/**
 * A producer on Kafka's own Java client, run from source: what it writes (compression, transactions, batches) is what
 * Java services write. Reads jobs of tab-separated fields from a file, one line each:
 *   `job  topic  compression  none|commit|abort  transactionalId`
 *   `record  partition|-1  timestamp|-1  key  value  (header name  header value)*`   bytes in base64, `-` for null
 * and prints `offset <partition> <offset>` for each record, in order.
 */
export const JAVA_PRODUCER_SOURCE = `
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class RehearsalProducer {
  static byte[] bytes(String field) { return field.equals("-") ? null : Base64.getDecoder().decode(field); }

  public static void main(String[] arguments) throws Exception {
    List<String> lines = Files.readAllLines(Path.of(arguments[1]));
    for (int i = 0; i < lines.size(); ) {
      String[] job = lines.get(i++).split("\\t", -1);
      Properties properties = new Properties();
      properties.put("bootstrap.servers", arguments[0]);
      properties.put("compression.type", job[2]);
      // All records of a job go into as few batches as possible, so that a fetch can start inside a batch.
      properties.put("linger.ms", "1000");
      properties.put("batch.size", "1000000");
      properties.put("key.serializer", ByteArraySerializer.class.getName());
      properties.put("value.serializer", ByteArraySerializer.class.getName());
      boolean transactional = !job[3].equals("none");
      if (transactional) properties.put("transactional.id", job[4]);
      try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties)) {
        if (transactional) { producer.initTransactions(); producer.beginTransaction(); }
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (; i < lines.size() && lines.get(i).startsWith("record\\t"); i++) {
          String[] field = lines.get(i).split("\\t", -1);
          int partition = Integer.parseInt(field[1]);
          long timestamp = Long.parseLong(field[2]);
          ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(job[1], partition < 0 ? null : partition, timestamp < 0 ? null : timestamp, bytes(field[3]), bytes(field[4]));
          for (int h = 5; h < field.length; h += 2) record.headers().add(new RecordHeader(new String(bytes(field[h]), "UTF-8"), bytes(field[h + 1])));
          sent.add(producer.send(record));
        }
        producer.flush();
        for (Future<RecordMetadata> one : sent) System.out.println("offset " + one.get().partition() + " " + one.get().offset());
        if (job[3].equals("commit")) producer.commitTransaction();
        if (job[3].equals("abort")) producer.abortTransaction();
      }
    }
  }
}
`;
