/**
 * What this app uses of Zapier's platform, named here so that triggers and actions can be called without it. Built with
 * zapier-platform-core 19.1; `zapier-platform validate` checks the definition against the platform's own schema.
 */

export interface ZapierErrors {
  readonly Error: new (message: string, code?: string, status?: number) => Error;
  readonly HaltedError: new (message: string) => Error;
  readonly ExpiredAuthError: new (message: string) => Error;
  readonly ThrottledError: new (message: string, delaySeconds?: number) => Error;
}

export type CacheScope = readonly ('user' | 'auth')[];

/** Shared by all runs of one connection; entries may vanish at any time. */
export interface ZapierCache {
  get(key: string, scope?: CacheScope): Promise<unknown>;
  set(key: string, value: unknown, ttlSeconds?: number, scope?: CacheScope, onlyIfAbsent?: boolean): Promise<unknown>;
  delete(key: string, scope?: CacheScope): Promise<unknown>;
}

export interface StreamedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
}

export interface Z {
  readonly errors: ZapierErrors;
  readonly cache: ZapierCache;
  readonly console: { log(...words: unknown[]): void };
  dehydrate(perform: Perform, input: Readonly<Record<string, unknown>>, cacheSeconds?: number): string;
  dehydrateFile(perform: Perform, input: Readonly<Record<string, unknown>>, cacheSeconds?: number): string;
  request(options: Readonly<Record<string, unknown>>): Promise<StreamedResponse>;
  stashFile(file: unknown, bytes?: number, filename?: string, contentType?: string): Promise<string>;
}

export interface Meta {
  readonly isLoadingSample?: boolean;
  readonly isFillingDynamicDropdown?: boolean;
  readonly isPopulatingDedupe?: boolean;
  readonly page?: number;
}

export interface Bundle {
  readonly authData: Readonly<Record<string, string | undefined>>;
  readonly inputData: Readonly<Record<string, unknown>>;
  /** Absent in calls that are not made by Zapier itself. */
  readonly meta?: Meta;
  /** Where a REST hook is to be called. */
  readonly targetUrl?: string;
  /** What subscribing gave back. */
  readonly subscribeData?: Readonly<Record<string, unknown>>;
  /** A call of a REST hook, as it came. */
  readonly rawRequest?: { readonly headers?: Readonly<Record<string, string>>; readonly content?: string };
}

export type Perform<Result = unknown> = (z: Z, bundle: Bundle) => Promise<Result>;

export type FieldType =
  | 'string'
  | 'text'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'datetime'
  | 'file'
  | 'password'
  | 'copy';

export interface InputField {
  readonly key: string;
  readonly label?: string;
  readonly type?: FieldType;
  readonly helpText?: string;
  readonly required?: boolean;
  readonly list?: boolean;
  readonly default?: string;
  readonly placeholder?: string;
  readonly choices?: Readonly<Record<string, string>>;
  /** `trigger.idField.labelField` */
  readonly dynamic?: string;
  /** `search.idField` */
  readonly search?: string;
  readonly altersDynamicFields?: boolean;
  readonly isNoSecret?: boolean;
}

/** A function is asked each time the form is shown. */
export type InputFields = readonly (InputField | Perform<readonly InputField[]>)[];

export interface OutputField {
  readonly key: string;
  readonly label?: string;
  readonly type?: FieldType;
  readonly list?: boolean;
  readonly primary?: boolean;
  readonly dict?: boolean;
  readonly children?: readonly OutputField[];
}

interface Operation {
  readonly perform: Perform;
  readonly inputFields?: InputFields;
  readonly outputFields?: readonly OutputField[];
  readonly sample?: Readonly<Record<string, unknown>>;
}

export interface Item<Op extends Operation = Operation> {
  readonly key: string;
  readonly noun: string;
  readonly display: {
    readonly label: string;
    readonly description: string;
    readonly hidden?: boolean;
  };
  readonly operation: Op;
}

export type Polling = Operation & { readonly type: 'polling'; readonly canPaginate?: boolean };
export type Hook = Operation & {
  readonly type: 'hook';
  readonly performSubscribe: Perform;
  readonly performUnsubscribe: Perform;
  readonly performList: Perform;
};
export type Trigger = Item<Polling | Hook>;
export type Search = Item;
export type Create = Item<
  Operation & {
    readonly lock: { readonly key: string; readonly scope: readonly string[]; readonly timeout: number };
    readonly throttle?: { readonly window: number; readonly limit: number; readonly scope: readonly string[] };
  }
>;
