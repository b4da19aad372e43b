import { connect } from 'node:net';

const ANSWER_LIMIT_MS = 5_000;
const API_VERSIONS = 18;
const FEATURE = 'metadata.version';

/** Highest `metadata.version` of each release, as `kafka-storage version-mapping` of 4.3.1 lists them. */
const RELEASES: readonly (readonly [level: number, release: string])[] = [
  [7, '3.3'],
  [8, '3.4'],
  [11, '3.5'],
  [14, '3.6'],
  [19, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [25, '4.0'],
  [27, '4.1'],
  [29, '4.2'],
  [30, '4.3'],
];

/**
 * The release that a cluster works as, such as `4.2`: brokers do not tell their version, but ApiVersions (version 3) names
 * the level of the feature `metadata.version` that the cluster is finalized at. `unknown` where that says nothing.
 */
export async function releaseOf(broker: string): Promise<string> {
  const reply = await ask(broker, apiVersionsRequest());
  const level = finalizedLevel(reply);
  if (level === null) return 'unknown';
  const [, release] = RELEASES.find(([highest]) => level <= highest) ?? [0, null];
  return release ?? `newer than ${RELEASES.at(-1)?.[1]}`;
}

function apiVersionsRequest(): Buffer {
  const text = (value: string): Buffer => Buffer.from(value);
  const header = Buffer.alloc(8);
  header.writeInt16BE(API_VERSIONS, 0);
  header.writeInt16BE(3, 2);
  // Client id (with a length of 2 bytes), no tagged fields; then the software's name and version as compact strings.
  const body = Buffer.concat([
    header,
    Buffer.from([0, 1]),
    text('r'),
    Buffer.from([0, 2]),
    text('r'),
    Buffer.from([2]),
    text('1'),
    Buffer.from([0]),
  ]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

function ask(broker: string, request: Buffer): Promise<Buffer> {
  const at = broker.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(broker.slice(at + 1)), broker.slice(0, at));
    const chunks: Buffer[] = [];
    socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy(new Error(`${broker} did not answer within ${ANSWER_LIMIT_MS} ms`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${broker} closed the connection`)));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < 4 || all.length < 4 + all.readInt32BE(0)) return;
      resolve(all.subarray(4));
      socket.destroy();
    });
    socket.write(request);
  });
}

/** Reads the tagged field 2 (finalized features) of the reply; null where it is missing. */
function finalizedLevel(reply: Buffer): number | null {
  let position = 6; // correlation id, error code
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = reply.readUInt8(position++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  for (let keys = varint() - 1; keys > 0; keys--) {
    position += 6;
    varint();
  }
  position += 4; // throttle time
  for (let tags = varint(); tags > 0; tags--) {
    const tag = varint();
    const size = varint();
    const next = position + size;
    if (tag === 2) {
      for (let features = varint() - 1; features > 0; features--) {
        const length = varint() - 1;
        const name = reply.toString('utf8', position, position + length);
        position += length;
        const highest = reply.readInt16BE(position);
        position += 4;
        varint();
        if (name === FEATURE) return highest;
      }
    }
    position = next;
  }
  return null;
}
