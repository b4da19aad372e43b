import { createHook } from 'node:async_hooks';
import { currentCall, followCalls } from './current-call.ts';

/** Something of the platform's that a handler waited for and the simulation does not control. */
export interface Leak {
  /** In plain words, such as `file system`. */
  readonly resource: string;
  /** Node's own name of it. */
  readonly type: string;
  /** Topics of the handler. */
  readonly handler: string;
  /** `topic/partition/offset` of the record that was being handled. */
  readonly record: string;
  /** How many of them. */
  readonly count: number;
}

const RESOURCES: readonly (readonly [RegExp, string])[] = [
  [/^(FS|FILEHANDLE|STATWATCHER|DIRHANDLE)/, 'file system'],
  [/^(ZLIB|BROTLI|ZSTD)/, 'zlib'],
  [
    /^(PBKDF2|SCRYPT|RANDOM|HASHREQUEST|CIPHERREQUEST|SIGNREQUEST|VERIFY|KEY|DERIVEBITS|HKDF|CHECKPRIME|SECRETKEY|ARGON)/,
    'crypto (thread pool)',
  ],
  [/^(GETADDRINFO|GETNAMEINFO|QUERY|DNS|CARES)/, 'name resolution'],
  [/^(TCP|TLS|PIPE|UDP|HTTP|SHUTDOWNWRAP|WRITEWRAP|JSSTREAM|QUIC)/, 'sockets'],
  [/^(PROCESS|SIGNAL)/, 'child process'],
  [/^(WORKER|MESSAGEPORT)/, 'worker or message port'],
  [/^(Timeout|Timer)/, 'timer of the platform (use context.clock)'],
  [/^Immediate/, 'setImmediate (use context.clock)'],
];

/** Watches what handlers ask of the platform until the answer is called, which says what it was. Costs time: for replays only. */
export function watchLeaks(): () => readonly Leak[] {
  const found = new Map<string, Leak>();
  const hook = createHook({
    init(_id, type) {
      const call = currentCall();
      const resource = call === null ? undefined : RESOURCES.find(([pattern]) => pattern.test(type))?.[1];
      if (call === null || resource === undefined) return;
      const { handler, record } = call;
      const key = `${type} ${call.handler} ${call.record}`;
      found.set(key, { resource, type, handler, record, count: (found.get(key)?.count ?? 0) + 1 });
    },
  });
  const stopFollowing = followCalls();
  hook.enable();
  return () => {
    hook.disable();
    stopFollowing();
    return [...found.values()];
  };
}
