import net from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { duplexPair } from 'node:stream';

/** `cut`: the connection breaks instead of the request. */
export type Fate = 'pass' | 'drop-request' | 'drop-reply' | 'cut';

/** One request on the wire. `frame` begins with its length. */
export interface WireRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly frame: Buffer;
  /** After the header's client id. */
  readonly body: Buffer;
}

export const API: Readonly<
  Record<
    'produce' | 'fetch' | 'listOffsets' | 'metadata' | 'offsetCommit' | 'findCoordinator' | 'joinGroup' | 'heartbeat' | 'syncGroup',
    number
  >
> = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  offsetCommit: 8,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  syncGroup: 14,
};

/** Sockets for kafkajs that let a test drop single requests or replies: the other side stays silent, the connection stays open. */
export function faultySockets(decide: (request: WireRequest) => Fate): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const [client, inner] = duplexPair();
    const socket = net.connect({ host, port }, onConnect);
    const silenced = new Set<number>();
    const requests = frames((frame) => {
      const clientIdLength = Math.max(frame.readInt16BE(12), 0);
      const fate = decide({
        apiKey: frame.readInt16BE(4),
        apiVersion: frame.readInt16BE(6),
        frame,
        body: frame.subarray(14 + clientIdLength),
      });
      if (fate === 'drop-reply') silenced.add(frame.readInt32BE(8));
      if (fate === 'cut') socket.destroy();
      else if (fate !== 'drop-request') socket.write(frame);
    });
    const replies = frames((frame) => {
      if (!silenced.delete(frame.readInt32BE(4))) inner.write(frame);
    });
    inner.on('data', requests);
    socket.on('data', replies);
    socket.on('close', () => inner.end());
    socket.on('error', (error) => client.destroy(error));
    inner.on('end', () => socket.end());
    inner.on('close', () => socket.destroy());
    inner.on('error', () => {});
    return Object.assign(client, { setKeepAlive: () => client, unref: () => client, ref: () => client }) as unknown as net.Socket;
  };
}

function frames(take: (frame: Buffer) => void): (data: Buffer) => void {
  let buffered: Buffer = Buffer.alloc(0);
  return (data) => {
    buffered = buffered.length === 0 ? data : Buffer.concat([buffered, data]);
    while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
      const end = 4 + buffered.readInt32BE(0);
      take(Buffer.from(buffered.subarray(0, end)));
      buffered = buffered.subarray(end);
    }
  };
}

/** Group and generation of an OffsetCommit request. */
export function readCommit({ body }: WireRequest): { readonly groupId: string; readonly generation: number } {
  const length = body.readInt16BE(0);
  return { groupId: body.toString('utf8', 2, 2 + length), generation: body.readInt32BE(2 + length) };
}
