import net from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/**
 * What brokers may turn into: `silent` take everything and answer nothing, `dead` close every connection and take none,
 * `unreachable` are silent, and a new connection never opens.
 */
export type Trouble = 'silent' | 'dead' | 'unreachable';

/** Sockets of the operating system for kafkajs. `moment`: called for each that is made or opens, and for every chunk that arrives. */
export class TurningSockets {
  readonly open = new Set<net.Socket>();
  readonly #moment: () => void;
  #trouble: Trouble | null = null;

  constructor(moment: () => void) {
    this.#moment = moment;
  }

  turn(trouble: Trouble): void {
    this.#trouble = trouble;
    for (const socket of this.open) {
      if (trouble === 'dead') socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      else silence(socket);
    }
  }

  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    // Nobody listens on port 1.
    const socket = net.connect(this.#trouble === 'dead' ? { host: '127.0.0.1', port: 1 } : { host, port });
    socket.on('connect', () => {
      if (this.#trouble !== 'unreachable') onConnect();
      if (this.#trouble !== null) silence(socket);
      this.#moment();
    });
    this.open.add(socket);
    socket.on('close', () => this.open.delete(socket));
    socket.on('data', () => setImmediate(this.#moment));
    this.#moment();
    return socket;
  };
}

function silence(socket: net.Socket): void {
  socket.write = () => true;
  socket.removeAllListeners('data').resume();
}
