import * as z from 'zod/mini';

/** Source: AWS, "Payload format version 2.0" of HTTP APIs. Only what is used. */
const HttpEvent = z.object({
  rawPath: z.string(),
  rawQueryString: z.optional(z.string()),
  headers: z.optional(z.record(z.string(), z.string())),
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.boolean()),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
});
type HttpEvent = z.infer<typeof HttpEvent>;

export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** No answer depends on the name it was reached by. */
const ORIGIN = 'https://replybus.invalid';
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

function bodyOf({ body, isBase64Encoded = false, requestContext }: HttpEvent): Uint8Array<ArrayBuffer> | undefined {
  if (!body || BODILESS.has(requestContext.http.method)) return undefined;
  return new Uint8Array(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}

/** Undefined for what is no request of an HTTP API. */
export function requestOf(event: unknown): Request | undefined {
  const parsed = HttpEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { rawPath, rawQueryString = '', headers = {}, requestContext } = parsed.data;
  try {
    const query = rawQueryString === '' ? '' : `?${rawQueryString}`;
    const body = bodyOf(parsed.data);
    const request = new Request(`${ORIGIN}${rawPath}${query}`, {
      method: requestContext.http.method,
      headers,
      ...(body ? { body } : {}),
    });
    if (body) request.headers.set('content-length', String(body.length));
    return request;
  } catch {
    // A method or a header that no client can send, such as TRACE.
    return undefined;
  }
}

const TEXT = /^(?:text\/|image\/svg|application\/(?:[\w.+-]*json|javascript|manifest))/;

/** A stream is read to its end: who makes it knows how long there is. */
export async function resultOf(response: Response): Promise<HttpResult> {
  const isBase64Encoded = !TEXT.test(response.headers.get('content-type') ?? 'text/');
  const bytes = Buffer.from(await response.arrayBuffer());
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: bytes.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}
