/** From before the first import to the first committed record on the in-memory broker, in a fresh process, on the built package. */
const startedAt = performance.now();
const { consume, defineHandler } = await import('kafka-rehearsal');
const { rehearse } = await import('kafka-rehearsal/testing');
const stage = await rehearse({ handlers: [defineHandler({ topic: 'first', handle: () => consume() })] });
await stage.produce('first', [{ value: 'hello' }]);
await stage.idle();
const committed = await stage.committedOffset('first', 0);
const ms = performance.now() - startedAt;
if (committed !== 1) throw new Error(`committed ${committed}, expected 1`);
await stage.stop();
console.log(JSON.stringify({ ms }));
