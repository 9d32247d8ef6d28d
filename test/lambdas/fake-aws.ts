import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface QueueMessage {
  readonly url: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface BusEvent {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly EventBusName: string;
}

export type Body = Readonly<Record<string, unknown>>;

/** The parameter store, the queues and the bus, as far as the functions call them, over their own JSON protocols. */
export interface FakeAws {
  readonly url: string;
  readonly parameters: Map<string, string>;
  readonly messages: QueueMessage[];
  /** Those that were sent one by one, as they came. */
  readonly sent: Body[];
  readonly events: BusEvent[];
  /** Every call, as `Service.Operation`. */
  readonly calls: string[];
  stop(): Promise<void>;
}

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue: string }>>;
}

function getParameters({ parameters }: FakeAws, { Names, WithDecryption }: Body): Body {
  const names = Names as readonly string[];
  const found = names.filter((name) => parameters.has(name));
  return {
    Parameters: found.map((Name) => {
      const value = parameters.get(Name) ?? '';
      const Version = createHash('md5').update(value).digest().readUInt32LE();
      return { Name, Value: WithDecryption ? value : 'encrypted', Type: 'SecureString', Version };
    }),
    InvalidParameters: names.filter((name) => !parameters.has(name)),
  };
}

function sendBatch({ messages }: FakeAws, { QueueUrl, Entries }: Body): Body {
  const entries = Entries as readonly Entry[];
  for (const { MessageBody, MessageAttributes = {} } of entries) {
    const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]);
    messages.push({ url: String(QueueUrl), body: MessageBody, attributes: Object.fromEntries(attributes) });
  }
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const Successful = entries.map(({ Id, MessageBody }) => ({ Id, MessageId: Id, MD5OfMessageBody: md5(MessageBody) }));
  return { Successful, Failed: [] };
}

function sendOne({ sent }: FakeAws, body: Body): Body {
  sent.push(body);
  const md5 = createHash('md5').update(String(body.MessageBody)).digest('hex');
  return { MessageId: String(sent.length), MD5OfMessageBody: md5 };
}

function putEvents({ events }: FakeAws, { Entries }: Body): Body {
  events.push(...(Entries as readonly BusEvent[]));
  return { FailedEntryCount: 0, Entries: (Entries as readonly unknown[]).map(() => ({ EventId: 'e' })) };
}

const OPERATIONS: Readonly<Record<string, (aws: FakeAws, body: Body) => Body>> = {
  'AmazonSSM.GetParameters': getParameters,
  'AmazonSQS.SendMessage': sendOne,
  'AmazonSQS.SendMessageBatch': sendBatch,
  'AWSEvents.PutEvents': putEvents,
};

export async function startFakeAws(): Promise<FakeAws> {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const target = String(request.headers['x-amz-target']);
    aws.calls.push(target);
    const operation = OPERATIONS[target];
    const status = operation ? 200 : 400;
    const answer = operation ? operation(aws, JSON.parse(text)) : { __type: 'UnknownOperationException' };
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const aws: FakeAws = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parameters: new Map(),
    messages: [],
    sent: [],
    events: [],
    calls: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return aws;
}
