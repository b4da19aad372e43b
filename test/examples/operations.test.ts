import { expect, it } from 'vitest';
import { startService } from './running-service.ts';

it('tells its health and its metrics, and lets nobody without the token decide', async () => {
  await using service = startService({ OPERATOR_TOKEN: 'hush' }, 'operations');
  await service.printed('listening on ');
  await service.printed('Kafka is not enabled');
  const [, port] = /listening on (\d+)/.exec(service.output) ?? [];
  const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init);

  const ready = await at('/health/ready');
  expect([ready.status, await ready.json()]).toEqual([200, { ok: true, reasons: [] }]);
  const metrics = await (await at('/metrics')).text();
  expect(metrics).toContain('\nkafka_rehearsal_running 0\n');
  expect(metrics).toMatch(/\nprocess_cpu_seconds_total /);

  const retry = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"topic":"messages","partition":0}' };
  expect((await at('/halted/retry', retry)).status).toBe(403);
  const known = { ...retry, headers: { ...retry.headers, authorization: 'Bearer hush' } };
  expect((await at('/halted/retry', known)).status).toBe(404);

  service.signal('SIGTERM');
  expect(await service.exited).toBe(0);
});
