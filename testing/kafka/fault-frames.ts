/** The few requests and replies that faults meet, read from and written to a client's bytes. */
import { FAULT_ERROR_CODES } from '../fault-error-codes.ts';
import type { BrokerErrorCode } from '../broker/error-code.ts';
import type { Request, Response } from '../broker/protocol.ts';
import { WireReader } from './wire/wire-reader.ts';
import { WireWriter } from './wire/wire-writer.ts';

export const PRODUCE = 0;
export const FETCH = 1;
export const METADATA = 3;
export const OFFSET_COMMIT = 8;
export const HEARTBEAT = 12;

export interface RequestFrame {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Past the header's client id. */
  readonly body: WireReader;
}

/** `frame` is a request without its size. */
export function readRequest(frame: Buffer): RequestFrame {
  const body = new WireReader(frame);
  return { apiKey: body.int16(), apiVersion: body.int16(), correlationId: body.int32(), clientId: body.string(), body };
}

/** A produce request, with its records left as they are. */
export interface ProduceFrame {
  readonly api: 'Produce';
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly partitions: readonly { readonly topic: string; readonly partition: number; readonly records: Buffer | null }[];
}

type Place = { readonly topic: string; readonly partition: number };

/**
 * The part of a request that faults look at: its kind and its partitions; null for the kinds that no fault meets.
 * Throws for a version that is not known here: a fault that quietly never fires would be worse.
 */
export function readFaultTarget(frame: RequestFrame, topicNames: ReadonlyMap<string, string>): Request | ProduceFrame | null {
  const { apiKey, apiVersion, body } = frame;
  if (apiKey === PRODUCE) {
    known(frame, 3, 8);
    return {
      api: 'Produce',
      transactionalId: body.string(),
      acks: body.int16(),
      timeoutMs: body.int32(),
      partitions: byTopic(body, () => ({ partition: body.int32(), records: body.bytes() })),
    };
  }
  if (apiKey === OFFSET_COMMIT) {
    known(frame, 5, 5);
    body.string(); // group
    body.int32(); // generation
    body.string(); // member
    const partitions = byTopic(body, () => {
      const partition = body.int32();
      body.int64();
      body.string();
      return { partition };
    });
    return { api: 'OffsetCommit', partitions } as unknown as Request;
  }
  if (apiKey === HEARTBEAT) return { api: 'Heartbeat' } as Request;
  if (apiKey === FETCH) {
    known(frame, 11, 13);
    const places = apiVersion === 11 ? fetchByName(body) : fetchById(frame, topicNames);
    return { api: 'Fetch', partitions: places } as unknown as Request;
  }
  return null;
}

function known({ apiKey, apiVersion }: RequestFrame, lowest: number, highest: number): void {
  if (apiVersion < lowest || apiVersion > highest || (apiKey === FETCH && apiVersion === 12)) {
    throw new Error(`the fault socket does not read version ${apiVersion} of request kind ${apiKey}`);
  }
}

function byTopic<Partition>(body: WireReader, partition: () => Partition): (Partition & { readonly topic: string })[] {
  return body
    .array(() => {
      const topic = body.string() ?? '';
      return body.array(() => ({ topic, ...partition() }));
    })
    .flat();
}

function fetchByName(body: WireReader): readonly Place[] {
  skipFetchOptions(body);
  return byTopic(body, () => {
    const partition = body.int32();
    body.raw(4 + 8 + 8 + 4); // leader epoch, offset, log start, limit
    return { partition };
  });
}

function fetchById({ body }: RequestFrame, topicNames: ReadonlyMap<string, string>): readonly Place[] {
  body.skipTaggedFields(); // the end of the header
  skipFetchOptions(body);
  return body
    .compactArray(() => {
      const topic = topicNames.get(body.raw(16).toString('hex')) ?? '';
      const partitions = body.compactArray(() => {
        const partition = body.int32();
        body.raw(4 + 8 + 4 + 8 + 4); // leader epoch, offset, last fetched epoch, log start, limit
        body.skipTaggedFields();
        return { topic, partition };
      });
      body.skipTaggedFields();
      return partitions;
    })
    .flat();
}

function skipFetchOptions(body: WireReader): void {
  body.raw(4 + 4 + 4 + 4 + 1 + 4 + 4); // replica, wait, least bytes, most bytes, isolation, session id and epoch
}

/** Names of topics by the hexadecimal digits of their id, as a reply to Metadata version 10 to 12 has them. `frame` is the reply without its size. */
export function readTopicNames(frame: Buffer): ReadonlyMap<string, string> {
  const reply = new WireReader(frame);
  reply.int32(); // correlation id
  reply.skipTaggedFields();
  reply.int32(); // throttle time
  reply.compactArray(() => {
    reply.int32();
    reply.compactString();
    reply.int32();
    reply.compactString();
    reply.skipTaggedFields();
  });
  reply.compactString(); // cluster id
  reply.int32(); // controller
  return new Map(
    reply.compactArray(() => {
      reply.int16();
      const name = reply.compactString() ?? '';
      const id = reply.raw(16).toString('hex');
      reply.int8();
      reply.compactArray(() => {
        reply.raw(2 + 4 + 4 + 4);
        for (let list = 0; list < 3; list++) reply.compactArray(() => reply.int32());
        reply.skipTaggedFields();
      });
      reply.int32();
      reply.skipTaggedFields();
      return [id, name] as const;
    }),
  );
}

/** The same request with fewer partitions. With its size. */
export function writeProduceRequest(frame: RequestFrame, produce: ProduceFrame): Buffer {
  const body = new WireWriter().int16(frame.apiKey).int16(frame.apiVersion).int32(frame.correlationId).string(frame.clientId);
  body.string(produce.transactionalId).int16(produce.acks).int32(produce.timeoutMs).int32(produce.partitions.length);
  for (const { topic, partition, records } of produce.partitions) {
    body.string(topic).int32(1).int32(partition);
    if (records === null) body.int32(-1);
    else body.bytes(records);
  }
  return new WireWriter().bytes(body.finish()).finish();
}

/** `frame` is the reply without its size. */
export function readProduceReply(frame: Buffer, apiVersion: number): Response<'Produce'> {
  const reply = new WireReader(frame);
  reply.int32(); // correlation id
  const partitions = byTopic(reply, () => {
    const partition = reply.int32();
    const errorCode = nameOf(reply.int16());
    const baseOffset = reply.int64();
    const logAppendTimeMs = reply.int64();
    const logStartOffset = apiVersion >= 5 ? reply.int64() : -1;
    if (apiVersion >= 8) {
      reply.array(() => (reply.int32(), reply.string()));
      reply.string();
    }
    return { partition, errorCode, baseOffset, logAppendTimeMs, logStartOffset };
  });
  return { api: 'Produce', partitions } as Response<'Produce'>;
}

/** With its size. */
export function writeReply(frame: RequestFrame, response: Response): Buffer {
  const body = new WireWriter().int32(frame.correlationId);
  if (response.api === 'OffsetCommit') {
    body.int32(0).int32(response.partitions.length);
    for (const { topic, partition, errorCode } of response.partitions)
      body
        .string(topic)
        .int32(1)
        .int32(partition)
        .int16(FAULT_ERROR_CODES[errorCode] ?? -1);
  } else if (response.api === 'Produce') {
    body.int32(response.partitions.length);
    for (const each of response.partitions) {
      body
        .string(each.topic)
        .int32(1)
        .int32(each.partition)
        .int16(FAULT_ERROR_CODES[each.errorCode] ?? -1)
        .int64(each.baseOffset)
        .int64(each.logAppendTimeMs);
      if (frame.apiVersion >= 5) body.int64(each.logStartOffset);
      if (frame.apiVersion >= 8) body.int32(0).string(null);
    }
    body.int32(0);
  } else throw new Error(`the fault socket writes no replies to ${response.api}`);
  return new WireWriter().bytes(body.finish()).finish();
}

function nameOf(code: number): BrokerErrorCode {
  const [name] = Object.entries(FAULT_ERROR_CODES).find(([, number]) => number === code) ?? ['UNKNOWN_SERVER_ERROR'];
  return name as BrokerErrorCode;
}
