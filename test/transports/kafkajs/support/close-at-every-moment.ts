/**
 * A program of its own: closes a transport at each of the first moments of its connections (made, open, every chunk that
 * arrives), once with sockets that live and once with sockets that fall silent as those of a dead member do. Nothing of
 * ours may then keep the process alive: it ends by itself, or says after a while what is left and exits with 3.
 *
 * Arguments: the brokers, a topic, the number of moments.
 */
import net from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { FaultInjector } from '../../../../testing/memory/fault-injector.ts';
import { FaultSockets } from '../../../../testing/kafka/fault-socket.ts';
import { kafkajsTransport } from '../../../../src/transports/kafkajs/index.ts';

const LEFT_AFTER_MS = 15_000;

const [brokers = '', topic = '', moments = '0'] = process.argv.slice(2);

/** Calls back at every moment; the moments of a connection go on after the close. */
function watched(make: ISocketFactory, moment: () => void): ISocketFactory {
  return (given) => {
    const socket = make({
      ...given,
      onConnect: () => {
        given.onConnect();
        moment();
      },
    });
    socket.on('data', () => setImmediate(moment));
    moment();
    return socket;
  };
}

const plain: ISocketFactory = ({ host, port, onConnect }) => net.connect({ host, port }, onConnect);

async function closeAt(moment: number, { dies }: { readonly dies: boolean }): Promise<void> {
  const sockets = new FaultSockets('member', new FaultInjector());
  let seen = 0;
  const reached = Promise.withResolvers<void>();
  const socketFactory = watched(dies ? sockets.factory : plain, () => {
    seen += 1;
    if (seen !== moment) return;
    if (dies) sockets.cut();
    reached.resolve();
  });
  const transport = kafkajsTransport({ brokers: brokers.split(','), requestTimeoutMs: 900, client: { socketFactory } });
  const consumer = transport.createConsumer(
    {
      groupId: `close-${dies ? 'dies' : 'lives'}-${moment}`,
      groupInstanceId: null,
      topics: [topic],
      sessionTimeoutMs: 1_500,
      rebalanceTimeoutMs: 1_500,
      heartbeatIntervalMs: 300,
      requestTimeoutMs: 900,
      maxWaitTimeMs: 100,
      maxBytesPerPartition: 100_000,
      isolationLevel: 'read_committed',
    },
    {
      assigned: ({ partitions }) => partitions.forEach((partition) => consumer.fetchFrom(partition, 0)),
      revoked: () => Promise.resolve(),
      lost: () => undefined,
      batch: () => 'accepted',
      outOfRange: () => undefined,
      warning: () => undefined,
      failed: () => undefined,
    },
  );
  const producer = transport.createProducer({ requestTimeoutMs: 900 });
  const work = [consumer.start(), transport.admin.describeTopics([topic]), producer.partitionCount(topic)];
  // What is closed under somebody's hands rejects.
  for (const each of work) each.catch(() => undefined);
  await reached.promise;
  await transport.close();
}

setTimeout(() => {
  process.stdout.write(`left: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(3);
}, LEFT_AFTER_MS).unref();

await Promise.all(Array.from({ length: Number(moments) }, (_, index) => [true, false].map((dies) => closeAt(index + 1, { dies }))).flat());
process.stdout.write('closed');
