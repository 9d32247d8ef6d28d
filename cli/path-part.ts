/** A name as a part of a path, whatever a vendor put into it: half of a pair has no place in an address. */
export const pathPart = (name: string): string => encodeURIComponent(name.toWellFormed());
