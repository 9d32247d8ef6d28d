import { ProviderError } from '../../failure.ts';
import type { ThreadContent } from '../../provider.ts';
import type { FeedContext } from '../feed/context.ts';

const CODE = 'no messages';

/** A thread that is listed has at least the reply for which it is: without any message it was not read. */
export const isNothing = ({ messages, unreadable }: ThreadContent): boolean =>
  messages.length === 0 && unreadable.length === 0;

/** As a failure that passes. */
export const nothingOf = ({ polled }: Pick<FeedContext, 'polled'>): ProviderError =>
  new ProviderError(
    { kind: 'unavailable', mayHaveHappened: false, code: CODE },
    { provider: polled.connection.provider.label, operation: 'read thread' },
  );

export const isNothingFound = ({ failure }: ProviderError): boolean =>
  failure.kind === 'unavailable' && failure.code === CODE;
