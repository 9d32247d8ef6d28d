#!/usr/bin/env node
import { runCommandLine } from './program.ts';

// Whatever a command writes is its owner's alone.
process.umask(0o077);

// A reader that has seen enough ("replybus events | head") is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2));
