/** How long one entry of the built package takes to import in a fresh process. */
const entry = JSON.parse(process.argv[2]);
const startedAt = performance.now();
await import(entry);
console.log(JSON.stringify({ ms: performance.now() - startedAt }));
