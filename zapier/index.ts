import zapier from 'zapier-platform-core';
import { PROVIDERS } from '../shared/providers/index.ts';
import { appFor, deployedApp } from './app.ts';
import own from './package.json' with { type: 'json' };

/** Put in by the build: a provider's id, `all`, or `replybus` for the app of one's own deployment. */
const chosen = process.env.REPLYBUS_ZAPIER_PROVIDER ?? 'all';

const versions = { version: own.version, platformVersion: zapier.version };

export default chosen === 'replybus'
  ? deployedApp(versions)
  : appFor(
      PROVIDERS.filter(({ id }) => chosen === 'all' || chosen === id),
      versions,
    );
