import * as z from 'zod/mini';
import type { Event } from '../events/event.ts';
import { UserError } from '../failure.ts';
import { id } from '../fields.ts';
import type { Outcome, Sink, SinkCheck } from '../outbox/sink.ts';
import type { Provider } from '../provider.ts';
import { accepts, FILTER_FIELDS, filterOf, type LooseFilter, type SinkFilter } from './filter.ts';
import { labelsAsked } from './labels-asked.ts';
import type { SinkPorts } from './ports.ts';

/** A sink as the config has it. What else it holds is known by its definition alone. */
export interface SinkConfig extends LooseFilter {
  readonly id: string;
  readonly type: string;
  readonly [setting: string]: unknown;
}

/** Where a config is to be used. */
export type Place = 'one machine' | 'the cloud';

/** What the check of a sink is told of the config around it. */
export interface Surroundings {
  /** File and path in it, for sentences. */
  readonly where: string;
  readonly place: Place;
  readonly connections: readonly {
    readonly id: string;
    readonly provider: Pick<Provider, 'label' | 'labels' | 'supports'>;
  }[];
  readonly hasMailServer: boolean;
  warn(sentence: string): void;
}

/** A URL of the settings, called as it is written. */
export interface NamedUrl {
  readonly field: string;
  readonly url: string;
}

type CheckUrl = SinkPorts['checkUrl'];

/** A secret that the settings name. */
export interface NamedSecret {
  readonly field: string;
  /** As the config writes it: "env:NAME", "ssm:/path". */
  readonly text: string;
  /** The sentence that says what is wrong with its value; never quotes it. */
  check?(value: string, checkUrl: CheckUrl): string | undefined;
}

/** What opening gives: the sink without what every sink has. `done`: see {@link Outcome}. */
export interface OpenSink {
  deliver(id: string, event: Event, attempt: number, done?: readonly string[]): Promise<Outcome>;
  check?(): Promise<SinkCheck>;
}

export interface Opening<Settings> {
  readonly id: string;
  readonly settings: Settings;
  /** Values of the secrets, in the order in which the definition names them. */
  readonly secrets: readonly string[];
}

interface Spec<Fields extends z.core.$ZodLooseShape, Settings> {
  readonly type: string;
  /** Where its events go, for the table in the docs. */
  readonly summary: string;
  /** Its settings, besides id and filter, which all have. */
  readonly fields: Fields;
  /** What each of them is, for the table in the docs. */
  readonly says: { readonly [Field in keyof Fields]: string };
  /** False for what acts instead of telling. */
  readonly actsOnOld?: false;
  /** Why it can never work in a place, as the end of a sentence. */
  readonly notIn?: Readonly<Partial<Record<Place, string>>>;
  urls?(settings: Settings): readonly NamedUrl[];
  secrets?(settings: Settings): readonly NamedSecret[];
  /** Refuses with a sentence what its schema cannot see. */
  check?(settings: Settings & LooseFilter, around: Surroundings): void;
  /** What it hears of, where that is less than what the filter lets pass. */
  narrow?(filter: SinkFilter): SinkFilter;
  /** Or the word that says what is lacking here. */
  open(opening: Opening<Settings>, ports: SinkPorts): OpenSink | string;
}

/** The settings of one sink, read by its definition. */
export interface ReadSink {
  readonly urls: readonly NamedUrl[];
  readonly secrets: readonly NamedSecret[];
  check(around: Surroundings): void;
  open(ports: SinkPorts): Sink;
}

export interface SinkDefinition {
  readonly type: string;
  readonly summary: string;
  readonly says: Readonly<Record<string, string>>;
  readonly notIn: Readonly<Partial<Record<Place, string>>>;
  readonly schema: ReturnType<typeof strict>;
  read(config: SinkConfig): ReadSink;
}

function strict(type: string, fields: z.core.$ZodLooseShape) {
  return z.strictObject({ id: id(), type: z.literal(type), ...fields, ...FILTER_FIELDS });
}

/** Refuses labels that no reply can carry, and warns of connections whose replies carry none of them. */
function checkLabels(filter: SinkFilter, { where, connections, warn }: Surroundings): void {
  const { problem, without } = labelsAsked(filter, connections);
  if (problem !== undefined) throw new UserError(`${where}.intents: ${problem}`);
  for (const { id, why } of without) warn(`${where}.intents: replies of "${id}" are left alone by it, because ${why}.`);
}

/** Its secrets, or the word that says why they cannot be had now. */
function valuesOf(secrets: readonly NamedSecret[], ports: SinkPorts): readonly string[] | string {
  const values: string[] = [];
  for (const { text, check } of secrets) {
    const found = ports.secrets.get(text);
    if ('lack' in found) return found.lack;
    if (check?.(found.value, ports.checkUrl) !== undefined) return 'secret';
    values.push(found.value);
  }
  return values;
}

/** What is missing now must not park anything for good: it is tried again. */
function waiting(id: string, reason: string, { log }: SinkPorts): OpenSink {
  log.warn('sink.waiting', { sink: id, reason });
  const detail = `It waits, and its events with it: what it needs cannot be used now (${reason}); mend that in the config.`;
  return {
    deliver: async () => ({ kind: 'retry', error: reason }),
    check: async () => ({ state: 'broken', detail }),
  };
}

/** A sink from its description: the one place where settings, secrets, addresses and filter are put together. */
export function defineSink<const Fields extends z.core.$ZodLooseShape>(
  spec: Spec<Fields, z.infer<z.ZodMiniObject<Fields>>>,
): SinkDefinition {
  const { type, summary, says, notIn = {}, fields, actsOnOld = true } = spec;
  const own = z.object(fields);
  return {
    type,
    summary,
    says,
    notIn,
    schema: strict(type, fields),
    read(config) {
      const settings = own.parse(config);
      const urls = spec.urls?.(settings) ?? [];
      const secrets = spec.secrets?.(settings) ?? [];
      const opened = (ports: SinkPorts): OpenSink | string => {
        if (urls.some(({ url }) => ports.checkUrl(url) !== undefined)) return 'url';
        const values = valuesOf(secrets, ports);
        if (typeof values === 'string') return values;
        return spec.open({ id: config.id, settings, secrets: values }, ports);
      };
      return {
        urls,
        secrets,
        check(around) {
          checkLabels(filterOf(config), around);
          spec.check?.({ ...filterOf(config), ...settings }, around);
        },
        open(ports) {
          const sink = opened(ports);
          const filter = spec.narrow ? spec.narrow(filterOf(config)) : filterOf(config);
          return {
            id: config.id,
            type,
            actsOnOld,
            accepts: (event) => accepts(filter, event, ports.labelling),
            ...(typeof sink === 'string' ? waiting(config.id, sink, ports) : sink),
          };
        },
      };
    },
  };
}
