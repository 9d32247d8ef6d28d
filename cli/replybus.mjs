#!/usr/bin/env -S node --max-semi-space-size=8 --max-old-space-size=2047
// The flags keep memory flat, see docs/benchmarks.md; `npm start` has the same.
// Plain JavaScript, so that a Node too old to read TypeScript can still say so in one sentence.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 12)) {
  process.stderr.write(
    `Replybus needs Node 24.12 or newer and this is ${process.version}; run it with "npx replybus" in the checkout, which brings its own Node.\n`,
  );
  process.exitCode = 1;
} else {
  await import('./main.ts');
}
