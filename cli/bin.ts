#!/usr/bin/env node
// Parsed by whatever Node somebody has: no syntax here that Node 12 does not know, and nothing imported before the check.
const found = process.versions.node.split('.').map(Number);
const major = found[0] || 0;
const minor = found[1] || 0;

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write('kafka-rehearsal needs Node 22.18 or newer; this is Node ' + process.versions.node + '.\n');
  process.exitCode = 2;
} else {
  import('./main.ts')
    .then(function (cli) {
      return cli.main(process.argv.slice(2));
    })
    .then(
      function (status: number) {
        process.exitCode = status;
      },
      function (error: unknown) {
        process.stderr.write(String(error instanceof Error && error.stack ? error.stack : error) + '\n');
        process.exitCode = 2;
      },
    );
}

// Makes it a module for the compiler; costs nothing at run time.
export {};
