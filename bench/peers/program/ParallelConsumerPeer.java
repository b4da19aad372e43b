import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Confluent's parallel-consumer with its defaults, but for order, concurrency and (where asked) the commit interval.
 * Arguments: brokers topic group records partitions ordering concurrency work(true|false) commitIntervalMs(0: its default).
 * Prints what task.ts says. Keys are strings: arrays are compared by identity, and key order would be none.
 */
public class ParallelConsumerPeer {
  public static void main(String[] given) {
    String topic = given[1];
    int records = Integer.parseInt(given[3]);
    int partitions = Integer.parseInt(given[4]);
    boolean work = Boolean.parseBoolean(given[7]);
    long commitIntervalMs = Long.parseLong(given[8]);

    Properties properties = new Properties();
    properties.put("bootstrap.servers", given[0]);
    properties.put("group.id", given[2]);
    properties.put("client.id", "bench-peer");
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());

    ParallelConsumerOptions.ParallelConsumerOptionsBuilder<String, byte[]> options =
        ParallelConsumerOptions.<String, byte[]>builder()
            .consumer(consumer)
            .ordering(ProcessingOrder.valueOf(given[5].toUpperCase()))
            .maxConcurrency(Integer.parseInt(given[6]));
    if (commitIntervalMs > 0) options.commitInterval(Duration.ofMillis(commitIntervalMs));

    Thread lifeline = new Thread(ParallelConsumerPeer::endWithInput);
    lifeline.setDaemon(true);
    lifeline.start();

    AtomicIntegerArray[] seen = new AtomicIntegerArray[partitions];
    for (int partition = 0; partition < partitions; partition++) seen[partition] = new AtomicIntegerArray(records);
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger distinct = new AtomicInteger();

    ParallelStreamProcessor<String, byte[]> processor = ParallelStreamProcessor.createEosStreamProcessor(options.build());
    processor.subscribe(List.of(topic));
    processor.poll(context -> {
      if (calls.getAndIncrement() == 0) say("{\"event\":\"first\",\"at\":" + System.currentTimeMillis() + "}");
      ConsumerRecord<String, byte[]> record = context.getSingleConsumerRecord();
      long workMs = work ? record.value()[0] - '0' : 0;
      if (workMs > 0) sleep(workMs);
      if (!seen[record.partition()].compareAndSet((int) record.offset(), 0, 1)) return;
      if (distinct.incrementAndGet() < records) return;
      say("{\"event\":\"last\",\"at\":" + System.currentTimeMillis() + ",\"calls\":" + calls.get() + ",\"distinct\":" + records + "}");
    });
  }

  private static void endWithInput() {
    try {
      while (System.in.read() >= 0) {}
    } catch (java.io.IOException closed) {
      // As good as its end.
    }
    Runtime.getRuntime().halt(1);
  }

  private static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
