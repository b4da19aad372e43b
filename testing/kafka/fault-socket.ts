/**
 * kafkajs's `socketFactory` with a hand on the wire: it sees whole requests and replies, loses or answers those that a
 * fault is meant for, and on `cut` silences one member for good: nothing of its dead process reaches a broker, which sees
 * closed connections, and nothing reaches the process either, not even that they closed.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import type { Request, Response } from '../broker/protocol.ts';
import type { FaultInjector } from '../memory/fault-injector.ts';
import {
  METADATA,
  readFaultTarget,
  readProduceReply,
  readRequest,
  readTopicNames,
  writeProduceRequest,
  writeReply,
} from './fault-frames.ts';
import type { ProduceFrame, RequestFrame } from './fault-frames.ts';

/** What becomes of a reply: another, the same, or (null) nothing. Frames without their size go in, with it come out. */
type ReplyRule = (frame: Buffer) => Buffer | null;

export class FaultSockets {
  readonly #member: string;
  readonly #faults: FaultInjector;
  readonly #sockets = new Set<Socket>();
  readonly #topicNames = new Map<string, string>();
  #cut = false;

  /** `member` is the incarnation's name, such as `m1#2`. */
  constructor(member: string, faults: FaultInjector) {
    this.#member = member;
    this.#faults = faults;
  }

  /** Destroys every connection, now and later. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const [client, inner] = duplexPair();
    const surface = asSocket(client);
    if (this.#cut) return surface;
    const socket = ssl ? connectTls({ host, port, ...ssl }) : connect(port, host);
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once(ssl ? 'secureConnect' : 'connect', () => {
      if (!this.#cut) onConnect();
    });
    this.#join(socket, inner, client);
    return surface;
  };

  #join(socket: Socket, inner: Duplex, client: Duplex): void {
    const replyRules = new Map<number, ReplyRule>();
    eachFrame(inner, (frame) => {
      if (this.#cut) return;
      try {
        this.#request(frame, socket, inner, replyRules);
      } catch (error) {
        client.destroy(error as Error);
        socket.destroy();
      }
    });
    eachFrame(socket, (frame) => {
      if (this.#cut) return;
      const correlationId = frame.readInt32BE(0);
      const rule = replyRules.get(correlationId);
      replyRules.delete(correlationId);
      const reply = rule === undefined ? sized(frame) : rule(frame);
      if (reply !== null) inner.write(reply);
    });
    socket.on('error', (error) => {
      if (!this.#cut) client.destroy(error);
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (!this.#cut) inner.end();
    });
    inner.on('end', () => socket.end());
    inner.on('close', () => socket.destroy());
    inner.on('error', () => socket.destroy());
  }

  #request(frame: Buffer, socket: Socket, inner: Duplex, replyRules: Map<number, ReplyRule>): void {
    const request = readRequest(frame);
    if (request.apiKey === METADATA && request.apiVersion >= 10) replyRules.set(request.correlationId, (reply) => this.#learnTopics(reply));
    const target = readFaultTarget(request, this.#topicNames);
    const interference = target === null ? null : this.#faults.interfere(this.#member, target as Request);
    if (interference === null) {
      socket.write(sized(frame));
      return;
    }
    switch (interference.does) {
      case 'lose-request':
        return;
      case 'answer':
        // In a later turn, as from a network: kafkajs notes a request as sent only after its bytes were taken.
        setImmediate(() => {
          if (!this.#cut && inner.writable) inner.write(writeReply(request, interference.response));
        });
        return;
      case 'lose-reply':
        replyRules.set(request.correlationId, () => {
          interference.felt();
          return null;
        });
        socket.write(sized(frame));
        return;
      case 'shrink':
        replyRules.set(request.correlationId, completed(request, interference.complete));
        socket.write(writeProduceRequest(request, interference.remaining as unknown as ProduceFrame));
    }
  }

  #learnTopics(reply: Buffer): Buffer {
    for (const [id, name] of readTopicNames(reply)) this.#topicNames.set(id, name);
    return sized(reply);
  }
}

function completed(request: RequestFrame, complete: (response: Response) => Response): ReplyRule {
  return (reply) => writeReply(request, complete(readProduceReply(reply, request.apiVersion)));
}

/** What kafkajs calls on a socket besides a stream's methods. */
function asSocket(stream: Duplex): Socket {
  const nothing = (): Duplex => stream;
  return Object.assign(stream, {
    setKeepAlive: nothing,
    setNoDelay: nothing,
    setTimeout: nothing,
    ref: nothing,
    unref: nothing,
  }) as unknown as Socket;
}

function sized(frame: Buffer): Buffer {
  const whole = Buffer.allocUnsafe(4 + frame.length);
  whole.writeInt32BE(frame.length, 0);
  frame.copy(whole, 4);
  return whole;
}

/** Calls back with each frame, without its size. */
function eachFrame(stream: Duplex, take: (frame: Buffer) => void): void {
  let chunks: Buffer[] = [];
  let length = 0;
  let wanted = 4;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    // Joined only when a frame is whole: a large fetch comes in thousands of chunks.
    while (length >= wanted) {
      let bytes = chunks.length === 1 ? (chunks[0] ?? chunk) : Buffer.concat(chunks);
      const end = 4 + bytes.readInt32BE(0);
      if (length < end) {
        wanted = end;
        chunks = [bytes];
        return;
      }
      take(bytes.subarray(4, end));
      bytes = bytes.subarray(end);
      chunks = bytes.length === 0 ? [] : [bytes];
      length = bytes.length;
      wanted = 4;
    }
  });
}
