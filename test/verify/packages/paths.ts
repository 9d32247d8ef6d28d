import { join } from 'node:path';

export const HERE = import.meta.dirname;
export const ROOT = join(HERE, '../../..');
/** Where packaging puts the zips and the template. */
export const PACKED = join(ROOT, '.serverless');
export const RUNTIME_CLIENT = join(HERE, 'node_modules', 'aws-lambda-ric', 'index.mjs');
/** The Zapier app of one's own deployment, as Zapier would get it. */
export const ZAPIER_APP = join(ROOT, 'zapier', 'build', 'replybus.zip');
