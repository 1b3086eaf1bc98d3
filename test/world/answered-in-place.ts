/**
 * Every form that may be answered by a page and not by an address to go on to, and why: its sender would send it once more
 * by *Back* or a reload. What an answer leads on from by itself is none of these.
 */
export const answeredInPlace: Record<string, string> = {
  '/unsubscribe/:token': 'a mail service posts it, and follows nothing (RFC 8058)',
  '/account/requests/archive/:archive/hand-over': 'an address that works once is shown once, and in this page alone',
}

const ours = /^\/(sign-in|account|console|undo|undone|unsubscribe|report-child|report-death)(\/|$)/
const patterns = Object.keys(answeredInPlace).map((path) => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`))

/** Whether a form of ours that went well at this path may be answered by a page. */
export const mayAnswerInPlace = (path: string): boolean => !ours.test(path) || patterns.some((each) => each.test(path))
