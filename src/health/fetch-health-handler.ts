import { answerHealth } from './answer.ts';
import type { HealthAnswer, HealthHandlerOptions, HealthRequest, ProbedManager } from './answer.ts';
import { readJson, requireJson } from './body.ts';

/** For Hono and whatever else speaks the Fetch API's `Request` and `Response`. */
export type FetchHealthHandler = (request: Request) => Promise<Response>;

/** As `healthHandler`; a path that is none of ours gets 404. Throws CONFIG_INVALID. */
export function fetchHealthHandler(manager: ProbedManager, options: HealthHandlerOptions = {}): FetchHealthHandler {
  const answer = answerHealth(manager, options);
  return async (request) => {
    const isHead = request.method === 'HEAD';
    try {
      return toResponse((await answer(fromFetch(request))) ?? { status: 404, body: { error: 'not found' } }, isHead);
    } catch {
      return toResponse({ status: 500, body: { error: 'the health could not be told' } }, isHead);
    }
  };
}

function fromFetch(request: Request): HealthRequest {
  return {
    method: request.method,
    path: new URL(request.url).pathname,
    header: (name) => request.headers.get(name),
    raw: request,
    async body() {
      requireJson(request.headers.get('content-type'));
      return readJson(request.body ?? []);
    },
  };
}

function toResponse({ status, body, allow }: HealthAnswer, isHead: boolean): Response {
  return new Response(isHead ? null : JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...(allow === undefined ? {} : { allow }),
    },
  });
}
