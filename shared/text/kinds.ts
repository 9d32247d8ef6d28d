import { isBlock, VOID } from './elements.ts';

/** What the elements of one name have in common, found once for all of them in a mail. */
export interface Kind {
  readonly name: string;
  readonly isVoid: boolean;
  readonly isBlock: boolean;
  /** Its end is told by its own tag alone. */
  readonly isInline: boolean;
  readonly isCell: boolean;
  readonly isTablePart: boolean;
  /** What a closing tag within it does not look beyond, unless of a part of the table. */
  readonly isScope: boolean;
  /** Its start ends an open one of the same kind. */
  readonly endsItsLike: boolean;
  /** Within these it ends none that is further out. */
  readonly stops: ReadonlySet<string>;
  /** How many of them are open. */
  open: number;
}

const ENDS_ITS_LIKE: ReadonlySet<string> = new Set(['p', 'li', 'td', 'th', 'tr', 'dt', 'dd', 'option']);
const TABLE: ReadonlySet<string> = new Set(['table']);
const STOPS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['li', new Set(['ul', 'ol'])],
  ['dt', new Set(['dl'])],
  ['dd', new Set(['dl'])],
]);
const SCOPE: ReadonlySet<string> = new Set(['td', 'th', 'caption', 'table']);
const TABLE_PARTS: ReadonlySet<string> = new Set(['td', 'th', 'tr', 'tbody', 'thead', 'tfoot', 'caption', 'table']);

export function kindOf(name: string): Kind {
  const isTablePart = TABLE_PARTS.has(name);
  return {
    name,
    isVoid: VOID.has(name),
    isBlock: isBlock(name),
    isInline: !isBlock(name) && !isTablePart,
    isCell: name === 'td' || name === 'th',
    isTablePart,
    isScope: SCOPE.has(name),
    endsItsLike: ENDS_ITS_LIKE.has(name),
    stops: STOPS.get(name) ?? TABLE,
    open: 0,
  };
}
