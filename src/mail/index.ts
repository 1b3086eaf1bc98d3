/**
 * Letters to people, by kind: written in their language from `views/words/mail.*`, queued in the store and sent with
 * retries. A letter holds nothing beyond its need, builds its links from the issuer alone (Z2), and one with a code
 * has no other six digits. It knows no feature; who is written to is the caller's business.
 */
export { type Bounces, createBounces } from './bounces.ts'
export { createMailer, type Mailer } from './create-mailer.ts'
export { messagesIn, readReport } from './delivery-report.ts'
export { isToStaff, type MailKind, mailKinds, outlives } from './kinds.ts'
export { lookAtSender } from './sender-records.ts'
export { senderOf } from './transport.ts'
export type { Mail } from './write-mail.ts'
