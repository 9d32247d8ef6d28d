import zapier from 'zapier-platform-core';
import { PROVIDERS } from '../shared/providers/index.ts';
import { appFor } from './app.ts';
import own from './package.json' with { type: 'json' };

/** Put in by the build: a provider's id, or `all`. */
const chosen = process.env.REPLYBUS_ZAPIER_PROVIDER ?? 'all';

export default appFor(
  PROVIDERS.filter(({ id }) => chosen === 'all' || chosen === id),
  { version: own.version, platformVersion: zapier.version },
);
