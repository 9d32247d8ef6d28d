const MB = 1024 * 1024;

/** Files of one mail, the sender's own and the lead's together. Most mail servers take 25 MB, and base64 adds more than a third. */
export const FILES_MAX = 10;
export const FILES_BYTES_MAX = 18 * MB;
/** Once fetching the lead's files has taken this long no other one is begun. */
export const FETCHING_MS = 60_000;

/** The message that is forwarded, as text and as HTML. HTML beyond it goes as text: half a document is not safe to show. */
export const MESSAGE_CHARACTERS_MAX = 100_000;
export const HTML_CHARACTERS_MAX = 400_000;
export const NOTE_CHARACTERS_MAX = 100_000;
/** Of the conversation below it. */
export const EARLIER_MESSAGES_MAX = 20;
export const EARLIER_CHARACTERS_MAX = 10_000;

export const SUBJECT_CHARACTERS_MAX = 250;
export const FILENAME_CHARACTERS_MAX = 120;
/** People and files named in one line. */
export const NAMED_MAX = 20;
