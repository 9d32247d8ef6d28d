import { pathToFileURL } from 'node:url';

/**
 * Stands in for Zapier's Lambda: loads the unzipped app through its own wrapper and runs the events it is sent, one after the
 * other, in a process of its own.
 */

interface Wrapper {
  readonly handler: (event: unknown) => Promise<{ readonly results: unknown }>;
}

const folder = process.argv[2] ?? '';
const wrapper: Wrapper = await import(pathToFileURL(`${folder}/zapierwrapper.js`).href);

process.on('message', (message: { readonly id: number; readonly event: unknown }) => {
  const { id, event } = message;
  wrapper.handler(event).then(
    ({ results }) => process.send?.({ id, results, event }),
    (error: Error) => process.send?.({ id, event, error: { name: error.name, message: error.message } }),
  );
});
process.send?.({ ready: true, rss: process.memoryUsage().rss });
