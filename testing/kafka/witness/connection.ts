import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { KafkaError } from '../../../src/errors.ts';
import { WireReader } from '../wire/wire-reader.ts';
import { WireWriter } from '../wire/wire-writer.ts';

const ANSWER_LIMIT_MS = 15_000;

/** One connection to one broker; requests with header version 1, answered in order. */
export class WitnessConnection {
  readonly #address: string;
  readonly #socket: Socket;
  readonly #waiting: { readonly resolve: (reply: WireReader) => void; readonly reject: (error: Error) => void }[] = [];
  /** Rejects when the broker takes no connection. */
  readonly connected: Promise<void>;
  #received: Buffer = Buffer.alloc(0);
  #failure: Error | null = null;

  constructor(host: string, port: number) {
    this.#address = `${host}:${port}`;
    this.#socket = connect(port, host);
    this.#socket.setNoDelay(true);
    this.connected = new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('close', () => reject(this.#failure ?? new Error('closed')));
    });
    this.connected.catch(() => undefined); // told again by every request
    this.#socket.setTimeout(ANSWER_LIMIT_MS, () => {
      if (this.#waiting.length > 0 || this.#socket.connecting) this.#socket.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`));
    });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  get usable(): boolean {
    return this.#failure === null;
  }

  request(apiKey: number, version: number, body: WireWriter): Promise<WireReader> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const message = new WireWriter().int16(apiKey).int16(version).int32(0).string('witness').raw(body.finish()).finish();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(new WireWriter().bytes(message).finish());
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readInt32BE(0)) {
      const end = 4 + this.#received.readInt32BE(0);
      const reply = new WireReader(this.#received.subarray(8, end)); // past size and correlation id
      this.#received = this.#received.subarray(end);
      this.#waiting.shift()?.resolve(reply);
    }
  }

  #fail(cause: Error): void {
    this.#failure ??= new KafkaError('BROKER_UNREACHABLE', `no connection to ${this.#address} (${cause.message})`, { cause });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
