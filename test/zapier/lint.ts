/**
 * Zapier's integration checks that can be run without its servers, and the rules of its style guide that a machine can read.
 * Source: integration checks reference and build guidelines, docs.zapier.com.
 */

type Fields = Readonly<Record<string, unknown>>;

export interface Finding {
  readonly rule: string;
  readonly where: string;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

interface Item {
  readonly kind: 'trigger' | 'create' | 'search';
  readonly name: string;
  readonly item: Fields;
  readonly display: Fields;
  readonly operation: Fields;
  readonly isHidden: boolean;
  /** The fields that are in the definition, not asked for when the form is shown. */
  readonly inputs: readonly Fields[];
  readonly outputs: readonly Fields[];
  readonly sample: Fields | undefined;
}

const KINDS = [
  ['trigger', 'triggers'],
  ['create', 'creates'],
  ['search', 'searches'],
] as const;

function itemsOf(definition: Fields): readonly Item[] {
  return KINDS.flatMap(([kind, group]) =>
    Object.entries(fieldsOf(definition[group])).map(([key, value]): Item => {
      const item = fieldsOf(value);
      const operation = fieldsOf(item.operation);
      const display = fieldsOf(item.display);
      return {
        kind,
        name: `${group}.${key}`,
        item,
        display,
        operation,
        isHidden: display.hidden === true,
        inputs: listOf(operation.inputFields).filter(isFields),
        outputs: listOf(operation.outputFields).filter(isFields),
        sample: isFields(operation.sample) ? operation.sample : undefined,
      };
    }),
  );
}

type Rule = (definition: Fields) => readonly string[];

/** A rule that looks at each item alone: whether it breaks it. */
const forItems =
  (breaks: (item: Item, definition: Fields) => boolean): Rule =>
  (definition) =>
    itemsOf(definition)
      .filter((item) => breaks(item, definition))
      .map(({ name }) => name);

/** A rule that looks at each input field alone. */
const forInputs =
  (breaks: (field: Fields, definition: Fields) => boolean): Rule =>
  (definition) =>
    itemsOf(definition).flatMap(({ name, inputs }) =>
      inputs.filter((field) => breaks(field, definition)).map((field) => `${name}.${field.key}`),
    );

const authFields = (definition: Fields) => listOf(fieldsOf(definition.authentication).fields).filter(isFields);
const SECRET = /api_?key|token|password|secret/i;
const SMALL_WORDS = new Set([
  'a',
  'an',
  'and',
  'as',
  'at',
  'by',
  'for',
  'from',
  'in',
  'of',
  'on',
  'or',
  'the',
  'to',
  'with',
]);

/** Every text that a user reads, and where it stands. */
function texts(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap((entry, at) => texts(entry, `${path}.${at}`));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    (key === 'helpText' || key === 'description') && typeof entry === 'string'
      ? [[`${path}.${key}`, entry] as const]
      : texts(entry, `${path}.${key}`),
  );
}

const withoutLinks = (text: string) => text.replace(/`[^`]*`/g, '').replace(/\[[^\]]*\]\([^)]*\)/g, '');

const triggerOf = (definition: Fields, key: string) => fieldsOf(fieldsOf(definition.triggers)[key]);
const isSearch = (definition: Fields, key: string) =>
  isFields(fieldsOf(definition.searches)[key]) || isFields(fieldsOf(definition.searchOrCreates)[key]);

const primaryOf = (outputs: readonly Fields[]) => {
  const marked = outputs.filter(({ primary }) => primary === true).map(({ key }) => textOf(key));
  return marked.length > 0 ? marked : ['id'];
};

const DATE_LIKE = /^\d{4}-\d{2}-\d{2}|^\d{1,2}\/\d{1,2}\/\d{2,4}/;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/;

function leaves(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(leaves);
}

function fits(type: string, value: unknown): boolean {
  if (value === null) return true;
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'number') return typeof value === 'number';
  if (type === 'datetime') return typeof value === 'string' && ISO_DATE.test(value);
  return typeof value === 'string';
}

/** Whether a sample has what the output fields promise, in the promised types. */
export function agrees(outputs: readonly Fields[], sample: Fields): boolean {
  const names = new Set(outputs.map(({ key }) => textOf(key)));
  if (Object.keys(sample).some((key) => !names.has(key))) return false;
  return outputs.every((output) => {
    const value = sample[textOf(output.key)];
    if (value === undefined) return output.required !== true;
    const children = listOf(output.children).filter(isFields);
    if (children.length > 0) return listOf(value).every((entry) => agrees(children, fieldsOf(entry)));
    if (output.dict === true) return isFields(value);
    const type = textOf(output.type) || 'string';
    return output.list === true ? Array.isArray(value) && value.every((entry) => fits(type, entry)) : fits(type, value);
  });
}

const isTitleCase = (label: string) =>
  label.split(' ').every((word, at) => /^[A-Z0-9]/.test(word) || (at > 0 && SMALL_WORDS.has(word)));

const CHECKS: Readonly<Record<string, Rule>> = {
  D001: forInputs(({ key }) => SECRET.test(textOf(key))),
  D002: (definition) =>
    authFields(definition)
      .filter(({ key, required }) => required === true && SECRET.test(textOf(key)))
      .filter(({ helpText }) => !/\[[^\]]+\]\(https:\/\/[^)]+\)/.test(textOf(helpText)))
      .map(({ key }) => `authentication.${key}`),
  D003: (definition) => {
    const label = textOf(fieldsOf(definition.authentication).connectionLabel);
    const secrets = authFields(definition).filter(({ type }) => type === 'password');
    const names = /{{[^}]+}}/.test(label) && !secrets.some(({ key }) => label.includes(textOf(key)));
    return names ? [] : ['authentication.connectionLabel'];
  },
  D004: forInputs(({ key, dynamic }) => /(^|_)id$/.test(textOf(key)) && !dynamic),
  D005: forInputs(({ dynamic }, definition) => {
    if (typeof dynamic !== 'string') return false;
    const [trigger = '', ...names] = dynamic.split('.');
    const outputs = listOf(fieldsOf(triggerOf(definition, trigger).operation).outputFields).map(
      (one) => fieldsOf(one).key,
    );
    return names.length === 0 || names.some((name) => !outputs.includes(name));
  }),
  D006: forItems(({ operation }) => operation.type === 'hook' && !operation.performList),
  D007: (definition) => leaves(definition).flatMap((leaf) => (/http:\/\//.test(textOf(leaf)) ? [textOf(leaf)] : [])),
  D008: (definition) =>
    texts(definition, 'app').flatMap(([where, text]) =>
      /\b(https?:\/\/|www\.)/.test(withoutLinks(text)) ? [where] : [],
    ),
  D009: forItems(({ kind, operation }) => kind === 'search' && listOf(operation.inputFields).length === 0),
  D010: forItems(
    ({ operation, outputs, sample }) =>
      operation.type === 'polling' &&
      sample !== undefined &&
      primaryOf(outputs).some((key) => sample[key] === undefined),
  ),
  D011: forInputs(({ label, helpText }) => label !== undefined && label === helpText),
  D012: forItems(({ isHidden, sample }) => !isHidden && sample === undefined),
  D013: forInputs(
    ({ search }, definition) => typeof search === 'string' && !isSearch(definition, search.split('.')[0] ?? ''),
  ),
  D014: forInputs(({ search, dynamic }) => search !== undefined && dynamic === undefined),
  D015: (definition) =>
    Object.entries(fieldsOf(definition.searchOrCreates)).flatMap(([key, value]) => {
      const { search, create } = fieldsOf(value);
      const isThere =
        isFields(fieldsOf(definition.searches)[textOf(search)]) &&
        isFields(fieldsOf(definition.creates)[textOf(create)]);
      return isThere ? [] : [`searchOrCreates.${key}`];
    }),
  D016: forItems(({ operation }) => operation.type === 'hook' && !operation.performSubscribe),
  D017: forItems(({ operation }) => operation.type === 'hook' && !operation.performUnsubscribe),
  D018: forItems(({ display }) => !isTitleCase(textOf(display.label))),
  D021: forItems(
    ({ kind, display }) => kind === 'trigger' && !/^Triggers when .+\.$/s.test(textOf(display.description)),
  ),
  D022: forItems(({ kind, inputs }) => kind === 'create' && inputs.length === 0),
  D023: forItems(({ sample }) =>
    leaves(sample).some((leaf) => DATE_LIKE.test(textOf(leaf)) && !ISO_DATE.test(textOf(leaf))),
  ),
  D024: forItems(({ outputs, sample }) => sample !== undefined && (outputs.length === 0 || !agrees(outputs, sample))),
  D025: (definition) => leaves(definition).flatMap((leaf) => (/javascript:/i.test(textOf(leaf)) ? [textOf(leaf)] : [])),
  D026: (definition) =>
    [...authFields(definition), ...itemsOf(definition).flatMap(({ inputs }) => inputs)]
      .filter(({ inputFormat }) => inputFormat !== undefined)
      .map(({ key }) => String(key)),
  D028: (definition) => (fieldsOf(definition.flags).cleanInputData === false ? [] : ['flags.cleanInputData']),
};

/** Whose names a reader knows already from where the label stands: Zapier shows the app's beside it. */
const APP_NAMES = /\b(replybus|zapier|cohesive|coldsend)\b/i;

/** Every label that a user reads, and where it stands. */
function labels(definition: Fields): readonly (readonly [string, string])[] {
  const ofItems = itemsOf(definition).flatMap(({ name, display, inputs, outputs }) => [
    [name, textOf(display.label)] as const,
    ...[...inputs, ...outputs].map((field) => [`${name}.${field.key}`, textOf(field.label)] as const),
  ]);
  return [
    ...ofItems,
    ...authFields(definition).map(({ key, label }) => [`authentication.${key}`, textOf(label)] as const),
  ];
}

const STYLE: Readonly<Record<string, Rule>> = {
  'key in snake case': forItems(({ item }) => !/^[a-z][a-z0-9_]+$/.test(textOf(item.key))),
  'noun singular': forItems(({ item }) => !/^[A-Z]/.test(textOf(item.noun)) || /[^s]s$/.test(textOf(item.noun))),
  'verb first': forItems(
    ({ kind, display }) => kind !== 'trigger' && !/^[A-Z][a-z]+s [a-z].*\.$/s.test(textOf(display.description)),
  ),
  'link for every secret': (definition) =>
    authFields(definition)
      .filter(({ key, type }) => type === 'password' || SECRET.test(textOf(key)))
      .filter(({ helpText }) => !/\[[^\]]+\]\(https:\/\/[^)]+\)/.test(textOf(helpText)))
      .map(({ key }) => `authentication.${key}`),
  "no app's name in a label": (definition) =>
    labels(definition).flatMap(([where, label]) => (APP_NAMES.test(label) ? [where] : [])),
  'find, not get': forItems(({ kind, display }) => kind === 'search' && !/^Find /.test(textOf(display.label))),
  'no ID in a label': forInputs(({ label }) => /\bID\b/.test(textOf(label))),
  'label for every input': forInputs(({ label, type }) => type !== 'copy' && !textOf(label)),
  'required first': forItems(({ inputs }) => {
    const lastRequired = inputs.findLastIndex(({ required }) => required === true);
    return inputs.slice(0, Math.max(0, lastRequired)).some(({ required }) => required !== true);
  }),
  'label for every output': forItems(
    ({ isHidden, outputs }) => !isHidden && outputs.some(({ label }) => !textOf(label)),
  ),
  'no empty value in a sample': forItems(({ sample }) =>
    leaves(sample).some((leaf) => leaf === '' || leaf === null || leaf === undefined),
  ),
  'a form for every lock': forItems(
    ({ kind, operation, inputs }) =>
      kind === 'create' &&
      !inputs.some(
        ({ key, required }) =>
          required === true && textOf(fieldsOf(operation.lock).key).includes(`bundle.inputData.${textOf(key)}`),
      ),
  ),
};

export const RULES = { ...CHECKS, ...STYLE };

export function lint(definition: unknown): readonly Finding[] {
  return Object.entries(RULES).flatMap(([rule, find]) =>
    find(fieldsOf(definition)).map((where): Finding => ({ rule, where })),
  );
}

/** The definition as Zapier's servers see it: without its functions. */
export function asJson(app: unknown): unknown {
  return JSON.parse(JSON.stringify(app, (_, value) => (typeof value === 'function' ? '$func$2$f$' : value)));
}
