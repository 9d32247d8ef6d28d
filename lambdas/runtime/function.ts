import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { systemClock } from '../../adapters/node/clock.ts';
import { type Container, container } from './container.ts';

/** Kept free at the end of a run for writing what was done. */
const RESERVE_MS = 4_000;
/** What is then still running is cut off; all of it is safe to cut off. */
const EARLY_MS = 1_000;

class TimeUp extends Error {
  override readonly name = 'TimeUp';
}

/** The runtime prints an error's message and stack, which may quote a body or a key: only its name gets out. */
function redacted(error: unknown): Error {
  const name = error instanceof Error ? error.name : 'unknown';
  const clean = new Error(`failed: ${name}`);
  clean.stack = clean.message;
  return clean;
}

function observed<Event, Result>(): MiddlewareObj<Event, Result, Error> {
  return {
    before({ context }) {
      const { lines, deadline } = container();
      lines.begin(context.awsRequestId);
      deadline.at = systemClock.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
    },
    after() {
      container().lines.end(systemClock.now());
    },
    onError(request) {
      const { lines } = container();
      const error = request.error instanceof Error ? request.error.name : 'unknown';
      lines.error('function.failed', { error });
      lines.end(systemClock.now());
      request.error = redacted(request.error);
    },
  };
}

/** A handler: logs and metrics around it, a deadline that stops it clean, and no error that quotes anything. */
export function lambdaFunction<Event, Result>(work: (event: Event, container: Container) => Promise<Result>) {
  return middy<Event, Result, Error, Context>({
    timeoutEarlyInMillis: EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new TimeUp();
    },
  })
    .use(observed<Event, Result>())
    .handler(async (event) => await work(event, container()));
}
