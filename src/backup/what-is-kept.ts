import { sealedFor } from '../portability/index.ts'

/**
 * What a restore brings back of each collection, and what it voids: what is voided is not in a backup at all, so that a
 * copy of the data signs nobody in. Whoever makes a collection says here which it is.
 */
export const collections: Readonly<Record<string, 'kept' | 'voided'>> = {
  accounts: 'kept',
  alarms: 'kept',
  approvals: 'voided',
  artifacts: 'voided',
  audit: 'kept',
  auditHeads: 'kept',
  auditKeys: 'kept',
  audienceAsks: 'kept',
  audienceChanges: 'voided',
  // A code may have ended it since, or its person be no more.
  bouncedAddresses: 'voided',
  bundles: 'kept',
  cases: 'kept',
  // A consent that was withdrawn since would come back: every partner application asks once more.
  consents: 'voided',
  credentials: 'kept',
  deviceMarks: 'kept',
  disclosures: 'kept',
  drafts: 'voided',
  events: 'kept',
  handedOn: 'kept',
  // A copy of everything: whoever wants it asks again.
  exportPages: 'voided',
  exportPieces: 'voided',
  exports: 'voided',
  identifiers: 'kept',
  // A key that leaked and was replaced since would sign again.
  keys: 'voided',
  'known-clients': 'kept',
  'lasting-sign-ins': 'voided',
  limits: 'kept',
  links: 'kept',
  logouts: 'kept',
  looks: 'kept',
  mailbox: 'kept',
  mails: 'kept',
  meta: 'kept',
  people: 'kept',
  preferences: 'kept',
  // Who is on the way there; nobody is, after a restore.
  requestDesks: 'voided',
  requestFiles: 'kept',
  requestIntakes: 'kept',
  requestParts: 'kept',
  'session-uses': 'voided',
  sessions: 'voided',
  staff: 'kept',
  // One that was taken back since would let somebody in.
  staffInvitations: 'voided',
  staffSessions: 'voided',
  statistics: 'kept',
  // Who was counted this month, and by which key: both are to be destroyed, and a copy would outlive them.
  statisticsCounted: 'voided',
  statisticsKeys: 'voided',
  // What was allowed for good may have been taken back since: it is given anew.
  supportChoices: 'voided',
  undoOffers: 'kept',
  uses: 'kept',
}

export const isVoided = (collection: string): boolean => collections[collection] === 'voided'

/** Also the key of an archive: with nothing left that it would open, nobody would come to destroy it. */
export const isVoidedRow = (collection: string, id: string): boolean =>
  isVoided(collection) || (collection === 'auditKeys' && id.startsWith(sealedFor('')))
