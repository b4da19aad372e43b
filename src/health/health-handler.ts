import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerHealth } from './answer.ts';
import type { HealthAnswer, HealthHandlerOptions, HealthRequest, ProbedManager } from './answer.ts';
import { readJson, requireJson } from './body.ts';

/** For `node:http`, and as middleware for Express and Connect: a path that is none of ours goes to `next`, or gets 404 without one. */
export type NodeHealthHandler = (
  request: IncomingMessage & { readonly body?: unknown },
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/**
 * Answers GET `/health/live`, `/health/ready` and `/health` (with everything that is known) by JSON: 200 when all is well, else 503.
 * With `operations` also POST `/halted/retry` and `/halted/dead-letter`. Throws CONFIG_INVALID.
 */
export function healthHandler(manager: ProbedManager, options: HealthHandlerOptions = {}): NodeHealthHandler {
  const answer = answerHealth(manager, options);
  return (request, response, next) => {
    answer(fromNode(request)).then(
      (found) => {
        if (found !== null) write(response, request.method === 'HEAD', found);
        else if (next !== undefined) next();
        else write(response, false, { status: 404, body: { error: 'not found' } });
      },
      () => write(response, false, { status: 500, body: { error: 'the health could not be told' } }),
    );
  };
}

function fromNode(request: IncomingMessage & { readonly body?: unknown }): HealthRequest {
  const header = (name: string): string | null => {
    const value = request.headers[name.toLowerCase()];
    return value === undefined ? null : String(value);
  };
  return {
    method: request.method ?? 'GET',
    path: (request.url ?? '/').split('?', 1)[0] ?? '/',
    header,
    raw: request,
    async body() {
      requireJson(header('content-type'));
      // A body parser was here before us, and the stream is empty.
      return request.body === undefined ? readJson(request) : request.body;
    },
  };
}

function write(response: ServerResponse, isHead: boolean, { status, body, allow }: HealthAnswer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(isHead ? undefined : text);
}
