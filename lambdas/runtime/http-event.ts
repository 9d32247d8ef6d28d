import * as z from 'zod/mini';
import type { ApiRequest, ApiResponse } from '../../shared/api/request.ts';
import type { Json } from '../../shared/model.ts';

/** Source: AWS, "Payload format version 2.0" of HTTP APIs. Only what is used. */
const HttpEvent = z.object({
  rawPath: z.string(),
  rawQueryString: z.optional(z.string()),
  headers: z.optional(z.record(z.string(), z.string())),
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.boolean()),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
});

export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function bodyOf({ body, isBase64Encoded }: z.infer<typeof HttpEvent>): string | undefined {
  if (body === undefined || body === null) return undefined;
  return isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}

/** Undefined for what is no request of an HTTP API. */
export function apiRequestOf(event: unknown): ApiRequest | undefined {
  const parsed = HttpEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { rawPath, rawQueryString = '', headers = {}, requestContext } = parsed.data;
  const body = bodyOf(parsed.data);
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: requestContext.http.method,
    path: rawPath,
    query: new URLSearchParams(rawQueryString),
    ...(lower.authorization === undefined ? {} : { authorization: lower.authorization }),
    ...(lower['idempotency-key'] === undefined ? {} : { idempotencyKey: lower['idempotency-key'] }),
    ...(body === undefined ? {} : { body }),
  };
}

/** A stream is read until `isTime`; returning early stops the work behind it, and a later request resumes it. */
export async function httpResultOf(response: ApiResponse, isTime: () => boolean): Promise<HttpResult> {
  if ('body' in response) {
    const headers = { 'content-type': 'application/json', ...response.headers };
    return { statusCode: response.status, headers, body: `${JSON.stringify(response.body)}\n` };
  }
  let body = '';
  for await (const line of response.lines as AsyncIterable<Json>) {
    body += `${JSON.stringify(line)}\n`;
    if (isTime()) break;
  }
  return { statusCode: response.status, headers: { 'content-type': 'application/x-ndjson' }, body };
}
