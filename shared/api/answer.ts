const encoder = new TextEncoder();

/** One JSON document. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const body = `${JSON.stringify(value)}\n`;
  return new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } });
}

async function* encoded(lines: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield encoder.encode(`${JSON.stringify(line)}\n`);
}

/** A long answer, one JSON document a line (NDJSON). Who stops reading stops the work behind it. */
export function ndjson(lines: AsyncIterable<unknown>): Response {
  const chunks = encoded(lines);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
}
